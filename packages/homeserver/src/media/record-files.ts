/** Remembers which events name which files of this server, so that it is known who may have them. */
import type { JsonValue } from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import { isLocal } from '../engine.ts';
import type { StoredEvent } from '../rooms/event-cache.ts';
import { fileEvents } from '../store/schema.ts';
import type { StoreTx } from '../store/store.ts';

/**
 * Only for what local people send: somebody who is told of a file gives nobody else access to it by naming
 * it in another room.
 */
export const recordFiles = async (engine: Engine, tx: StoreTx, event: StoredEvent): Promise<void> => {
  if (!isLocal(engine, event.pdu.sender)) return;
  for (const media_id of filesNamedIn(engine, event)) {
    await tx.put(fileEvents, { media_id, event_nid: event.eventNid });
  }
};

/** Wherever in the content they are: in `url`, `info.thumbnail_url`, `file.url`, or the HTML. */
export const filesNamedIn = (
  engine: Engine,
  { pdu }: { readonly pdu: { readonly content: JsonValue | undefined } },
): ReadonlySet<string> => {
  const [, ...rests] = JSON.stringify(pdu.content ?? {}).split(`mxc://${engine.serverName}/`);
  return new Set(rests.flatMap((rest) => /^[A-Za-z0-9_-]{1,255}/.exec(rest)?.[0] ?? []));
};
