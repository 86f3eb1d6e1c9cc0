/** What this server has of one of its people, for a copy that they can take along. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { isJsonObject, type JsonObject, parseJson, type UserId } from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import type { StoredBlob } from '../media/blob-store.ts';
import { plainEvent } from '../reading/client-event.ts';
import { roomByNid } from '../rooms/current-state.ts';
import { accountData, events, media } from '../store/schema.ts';
import type { RowOf } from '../store/table.ts';

/** Events looked at in one snapshot: about 10 ms of work. */
const BATCH = 1_000;

/**
 * Everything that somebody sent, oldest first, as clients get it: messages, reactions, changes of rooms. What was deleted
 * has no content any more; what is encrypted stays so.
 */
export async function* eventsSentBy(engine: Engine, userId: UserId): AsyncGenerator<JsonObject> {
  const sender = await engine.store.read((reader) => engine.names.userNid(reader, userId));
  if (sender === undefined) return;
  for (let after = 0; ; ) {
    const page = await engine.store.read(async (reader) => {
      const rows = await reader.scan(events, { gt: after, limit: BATCH });
      const sent: JsonObject[] = [];
      for (const row of rows) {
        if (row.sender_nid !== sender || row.verdict !== 'accepted' || row.position === null) continue;
        const room = await roomByNid(reader, row.room_nid);
        sent.push({ ...plainEvent(await engine.events.byNid(reader, row.event_nid), room?.room_id) });
      }
      return { sent, last: rows.at(-1)?.event_nid, isFull: rows.length === BATCH };
    });
    yield* page.sent;
    if (!page.isFull || page.last === undefined) return;
    after = page.last;
    await nextTurn();
  }
}

/** By room (`''`: for all of them) and type. */
export const accountDataOf = (engine: Engine, userId: UserId): Promise<readonly JsonObject[]> =>
  engine.store.read(async (reader) => {
    const user_nid = await engine.names.userNid(reader, userId);
    if (user_nid === undefined) return [];
    return (await reader.scan(accountData, { where: { user_nid } })).map((row) => {
      const parsed = parseJson(row.content);
      const content = parsed.ok && isJsonObject(parsed.value) ? parsed.value : {};
      return { type: row.type, ...(row.room_id === '' ? {} : { room_id: row.room_id }), content };
    });
  });

/** A file that somebody uploaded; `createdTs` is milliseconds since the epoch. */
export type UploadedFile = {
  readonly mediaId: string;
  readonly name: string | undefined;
  readonly contentType: string;
  readonly createdTs: number;
  /** To be read once; undefined when the bytes are gone. */
  readonly open: () => Promise<StoredBlob | undefined>;
};

/** Files that somebody uploaded. */
export async function* filesUploadedBy(engine: Engine, userId: UserId): AsyncGenerator<UploadedFile> {
  for (let after = ''; ; ) {
    const range = { where: { origin: engine.serverName }, gt: after, limit: BATCH } as const;
    const rows: readonly RowOf<typeof media>[] = await engine.store.read((reader) =>
      reader.scan(media, range),
    );
    for (const row of rows) {
      if (row.uploader !== userId) continue;
      yield {
        mediaId: row.media_id,
        name: row.upload_name ?? undefined,
        contentType: row.content_type,
        createdTs: row.created_ts,
        open: () => engine.blobs.read(row.blob_key),
      };
    }
    if (rows.length < BATCH) return;
    after = rows.at(-1)?.media_id ?? '';
  }
}
