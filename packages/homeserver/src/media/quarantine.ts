/** Files that an admin withdrew from everybody: ours from other servers too, those of others from our people. */
import { isJsonArray, isJsonObject, type JsonValue } from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import { refusal } from '../matrix-error.ts';
import { quarantinedMedia } from '../store/schema.ts';
import type { StoreTx } from '../store/store.ts';
import { faultOf } from '../refusals.ts';

/** `mxc://origin/mediaId`, in its two parts. */
export type MediaAddress = { readonly origin: string; readonly mediaId: string };

/** Asked before every reading of a file or a thumbnail, whoever asks. @throws CAUSEWAY_QUARANTINED */
export const requireUnquarantined = async (
  engine: Engine,
  { origin, mediaId }: MediaAddress,
): Promise<void> => {
  const row = await engine.store.read((reader) =>
    reader.get(quarantinedMedia, { origin, media_id: mediaId }),
  );
  if (row !== undefined) {
    throw refusal('CAUSEWAY_QUARANTINED', faultOf('file-withdrawn', { server: engine.serverName }));
  }
};

/**
 * Inside a transaction of the host, so that it can note who did. A file that is not here is withdrawn, too: it is
 * not fetched then. Returns whether it was withdrawn before.
 */
export const setQuarantined = async (
  tx: StoreTx,
  { origin, mediaId }: MediaAddress,
  ts: number | undefined,
): Promise<boolean> => {
  const key = { origin, media_id: mediaId };
  const before = await tx.get(quarantinedMedia, key);
  if (ts === undefined) await tx.delete(quarantinedMedia, key);
  else if (before === undefined) await tx.put(quarantinedMedia, { ...key, quarantined_ts: ts });
  return before !== undefined;
};

/** Every file that a content names, of whatever server, wherever in it. */
export const filesIn = (content: JsonValue): readonly MediaAddress[] => {
  const found = new Map<string, MediaAddress>();
  for (const text of textsIn(content)) {
    for (const match of text.matchAll(MXC)) {
      const [address, origin = '', mediaId = ''] = match;
      found.set(address, { origin, mediaId });
    }
  }
  return [...found.values()];
};

const MXC = /mxc:\/\/([A-Za-z0-9.:[\]-]{1,255})\/([A-Za-z0-9_-]{1,255})/g;

function* textsIn(value: JsonValue): Generator<string> {
  if (typeof value === 'string') yield value;
  else if (isJsonArray(value)) for (const inner of value) yield* textsIn(inner);
  else if (isJsonObject(value)) for (const inner of Object.values(value)) yield* textsIn(inner);
}
