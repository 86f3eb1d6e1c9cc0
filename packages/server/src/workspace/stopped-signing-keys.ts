import { OwnKeys } from '@causeway/homeserver';
import { signingKeyFromSeed } from '@causeway/protocol';
import {
  createSigningKeys,
  noteKeyChange,
  SERVER_START,
  type SigningKeys,
  type WorkspaceContext,
} from '@causeway/workspace';
import { loadSigningKey, replaceSigningKey } from '../data/signing-key-file.ts';

/** The signing keys of a workspace that does not run. */
export const stoppedSigningKeys = async (context: WorkspaceContext, path: string): Promise<SigningKeys> => {
  const { seed, version } = loadSigningKey(path);
  // The key that is there may never have been published, or be another than at the last start.
  const keys = await OwnKeys.open(
    context,
    signingKeyFromSeed(seed, version),
    noteKeyChange(context, SERVER_START),
  );
  return createSigningKeys(context, keys, { replace: () => replaceSigningKey(path) });
};
