/** The keys that the workspace's server signs with: which there are, and making a new one. */
import { type OwnKey, type OwnKeys, refusal, type WithKeyChange } from '@causeway/homeserver';
import { type KeyId, signingKeyFromSeed } from '@causeway/protocol';
import type { Actor } from '../audit/actor.ts';
import { appendAudit } from '../audit/append-audit.ts';
import type { WorkspaceContext } from '../context.ts';
import { faultOf } from '../faults.ts';

/** Where the host keeps the secret half. */
export interface SigningKeyPlace {
  /** Makes a new key and puts it in the place of the one before, durably. `undo` puts that one back. */
  replace(): { readonly seed: Uint8Array; readonly version: string; readonly undo: () => void };
}

export type KeyRotation = {
  /** The key that the admin saw in use; undefined: whichever it is. */
  readonly basedOn?: string | undefined;
  readonly by: Actor;
};

export interface SigningKeys {
  /** Newest first. */
  list(): readonly OwnKey[];
  /**
   * Signs with a new key from now on; the one before stays published, for what it signed until now. Returns the
   * new key's ID. Refuses with M_CONFLICT when somebody else made a new key since.
   */
  rotate(rotation: KeyRotation): Promise<KeyId>;
}

export const createSigningKeys = (
  context: Pick<WorkspaceContext, 'clock'>,
  keys: OwnKeys,
  place: SigningKeyPlace,
): SigningKeys => {
  let last: Promise<unknown> = Promise.resolve();
  const rotate = async ({ basedOn, by }: KeyRotation): Promise<KeyId> => {
    const before = keys.current.keyId;
    if (basedOn !== undefined && basedOn !== before) {
      throw refusal('M_CONFLICT', faultOf('signing-key-changed', { key: before }));
    }
    const { seed, version, undo } = place.replace();
    const key = signingKeyFromSeed(seed, version);
    try {
      await keys.use(key, noteKeyChange(context, by));
    } catch (error) {
      // A key that signs already has to be there after a restart, whatever else failed.
      if (keys.current.keyId === before) undo();
      throw error;
    }
    return key.keyId;
  };
  return {
    list: () => keys.published(),
    rotate(rotation) {
      const turn = last.then(() => rotate(rotation));
      last = turn.catch(() => {});
      return turn;
    },
  };
};

/** Writes into the audit log that another key is in use. */
export const noteKeyChange =
  (context: Pick<WorkspaceContext, 'clock'>, by: Actor): WithKeyChange =>
  async (tx, { before, after }) => {
    if (before === undefined) return;
    const ts = context.clock.now();
    await appendAudit(tx, { ts, action: 'signing-key.rotate', by, target: after, before, after });
  };
