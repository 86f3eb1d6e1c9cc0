/** The files that are kept here, for admins. */
import type { RoomId } from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import { roomById } from '../rooms/current-state.ts';
import { fileEvents, media, quarantinedMedia, timeline } from '../store/schema.ts';
import type { StoreReader } from '../store/store.ts';
import type { RowOf } from '../store/table.ts';
import { filesIn } from './quarantine.ts';
import { noSuchRoom } from '../refusals.ts';

/** A file that is kept here. Times are milliseconds since the epoch. */
export type ListedFile = {
  readonly origin: string;
  readonly mediaId: string;
  readonly contentType: string;
  readonly uploadName: string | undefined;
  /** Bytes. */
  readonly size: number;
  /** A user ID; undefined for a copy of another server's file. */
  readonly uploader: string | undefined;
  readonly createdTs: number;
  readonly lastAccessTs: number;
  readonly quarantined: boolean;
  /** How many events of our people name it. */
  readonly events: number;
};

/** Which files are listed; all where nothing is said. */
export type MediaFilter = {
  /** A server name: ours, or that of another. */
  readonly origin?: string;
  readonly uploader?: string;
  /** `remote`: copies of the files of others. */
  readonly kind?: 'local' | 'remote';
  readonly quarantined?: boolean;
};

/** Files, and where the next page goes on; undefined: it was the last. */
export type MediaPage<P> = { readonly files: readonly ListedFile[]; readonly before: P | undefined };

/** Rows looked at for one page, so that a narrow filter can't read the whole table at once. */
const MAX_LOOKED_AT = 5_000;
const BATCH = 500;
/** Events that are counted of one file. */
const MAX_EVENTS = 100;

/** Newest first, those from before `before`; a page may be short and still have another after it. */
export const listMedia = (
  engine: Engine,
  {
    filter,
    before,
    limit,
  }: { readonly filter: MediaFilter; readonly before?: number; readonly limit: number },
): Promise<MediaPage<number>> =>
  engine.store.read(async (reader) => {
    const files: ListedFile[] = [];
    let below = before ?? Number.MAX_SAFE_INTEGER;
    for (let lookedAt = 0; lookedAt < MAX_LOOKED_AT; ) {
      const rows = await newestBelow(reader, filter.origin, below);
      for (const [index, row] of rows.entries()) {
        // Files of one millisecond stay together, because pages are told apart by it.
        if (files.length >= limit && row.created_ts !== rows[index - 1]?.created_ts)
          return { files, before: below };
        below = row.created_ts;
        const file = await listedFile(reader, row);
        if (passes(engine, filter, file)) files.push(file);
      }
      if (rows.length < BATCH) return { files, before: undefined };
      lookedAt += rows.length;
    }
    return { files, before: below };
  });

const newestBelow = (
  reader: StoreReader,
  origin: string | undefined,
  below: number,
): Promise<readonly RowOf<typeof media>[]> =>
  origin === undefined
    ? reader.scan(media, { index: 'by_time', lt: below, reverse: true, limit: BATCH })
    : reader.scan(media, { index: 'by_origin', where: { origin }, lt: below, reverse: true, limit: BATCH });

const passes = (engine: Engine, filter: MediaFilter, file: ListedFile): boolean =>
  (filter.uploader === undefined || filter.uploader === file.uploader) &&
  (filter.kind === undefined || (file.origin === engine.serverName) === (filter.kind === 'local')) &&
  (filter.quarantined === undefined || filter.quarantined === file.quarantined);

/** The files that events of a room name and that are here, of the newest events first. @throws M_NOT_FOUND */
export const listMediaOfRoom = (
  engine: Engine,
  {
    roomId,
    before,
    limit,
  }: {
    readonly roomId: RoomId;
    /** A timeline position. */ readonly before?: number;
    readonly limit: number;
  },
): Promise<MediaPage<number>> =>
  engine.store.read(async (reader) => {
    const room = await roomById(reader, roomId);
    if (room === undefined) throw noSuchRoom(roomId);
    const files = new Map<string, ListedFile>();
    let below = before ?? Number.MAX_SAFE_INTEGER;
    for (let lookedAt = 0; lookedAt < MAX_LOOKED_AT; ) {
      const rows = await reader.scan(timeline, {
        where: { room_nid: room.room_nid },
        lt: below,
        reverse: true,
        limit: BATCH,
      });
      for (const { position, event_nid } of rows) {
        if (files.size >= limit) return { files: [...files.values()], before: below };
        below = position;
        for (const { origin, mediaId } of filesIn(
          (await engine.events.byNid(reader, event_nid)).pdu.content,
        )) {
          const row = await reader.get(media, { origin, media_id: mediaId });
          if (row !== undefined) files.set(`${origin}/${mediaId}`, await listedFile(reader, row));
        }
      }
      if (rows.length < BATCH) return { files: [...files.values()], before: undefined };
      lookedAt += rows.length;
    }
    return { files: [...files.values()], before: below };
  });

const listedFile = async (reader: StoreReader, row: RowOf<typeof media>): Promise<ListedFile> => {
  const { origin, media_id } = row;
  return {
    origin,
    mediaId: media_id,
    contentType: row.content_type,
    uploadName: row.upload_name ?? undefined,
    size: row.size,
    uploader: row.uploader ?? undefined,
    createdTs: row.created_ts,
    lastAccessTs: row.last_access_ts,
    quarantined: (await reader.get(quarantinedMedia, { origin, media_id })) !== undefined,
    events: (await reader.scan(fileEvents, { where: { media_id }, limit: MAX_EVENTS })).length,
  };
};

/** How many files there are, and how many bytes. */
export type MediaTotals = {
  readonly local: { readonly files: number; readonly bytes: number };
  /** Copies of the files of others. */
  readonly remote: { readonly files: number; readonly bytes: number };
  /** Other servers whose files are here, those with most bytes first; the first hundred. */
  readonly origins: readonly { readonly origin: string; readonly files: number; readonly bytes: number }[];
  /** People whose files are here, those with most bytes first; the first hundred. */
  readonly people: readonly { readonly userId: string; readonly files: number; readonly bytes: number }[];
  readonly quarantined: number;
};

const MAX_LISTED = 100;

/** Goes through all files, page by page, each page its own snapshot. */
export const mediaTotals = async (engine: Engine): Promise<MediaTotals> => {
  const local = { files: 0, bytes: 0 };
  const remote = { files: 0, bytes: 0 };
  const origins = new Map<string, { files: number; bytes: number }>();
  const people = new Map<string, { files: number; bytes: number }>();
  const add = (sums: typeof origins, key: string, size: number) => {
    const sum = sums.get(key) ?? { files: 0, bytes: 0 };
    sums.set(key, { files: sum.files + 1, bytes: sum.bytes + size });
  };
  for await (const row of allMedia(engine)) {
    const sum = row.origin === engine.serverName ? local : remote;
    sum.files += 1;
    sum.bytes += row.size;
    if (row.origin !== engine.serverName) add(origins, row.origin, row.size);
    else if (row.uploader !== null) add(people, row.uploader, row.size);
  }
  const largest = (sums: typeof origins) =>
    [...sums].sort(([, a], [, b]) => b.bytes - a.bytes).slice(0, MAX_LISTED);
  return {
    local,
    remote,
    origins: largest(origins).map(([origin, sum]) => ({ origin, ...sum })),
    people: largest(people).map(([userId, sum]) => ({ userId, ...sum })),
    quarantined: await engine.store.read((reader) => reader.count(quarantinedMedia, {})),
  };
};

/** Server by server, and within one by the time it came. */
async function* allMedia(engine: Engine): AsyncGenerator<RowOf<typeof media>> {
  for (let origin = ''; ; ) {
    const first = await engine.store.read((reader) => reader.first(media, { gt: origin }));
    if (first === undefined) return;
    origin = first.origin;
    for (let after = ''; ; ) {
      const rows = await engine.store.read((reader) =>
        reader.scan(media, { where: { origin }, gt: after, limit: BATCH }),
      );
      yield* rows;
      if (rows.length < BATCH) break;
      after = rows.at(-1)?.media_id ?? after;
    }
  }
}
