/**
 * What one server got of this one: the rooms it was in, the events of local people that were sent to it or that it
 * could read there, and the files that they name. Told room by room, from the rooms themselves.
 */
import {
  type JsonObject,
  parseHistoryVisibility,
  parseUserId,
  type ServerName,
  serverNameOf,
} from '@causeway/protocol';
import { type Engine, isLocal } from '../engine.ts';
import type { StoredBlob } from '../media/blob-store.ts';
import { filesNamedIn } from '../media/record-files.ts';
import { stateEvents } from '../rooms/current-state.ts';
import type { StoredEvent } from '../rooms/event-cache.ts';
import { media, type RoomRow, rooms, timeline } from '../store/schema.ts';
import { nameOfRoom } from './organisations.ts';

/** Read in snapshots of this many, so that an export holds up no writer, however long it takes. */
const PAGE = 200;

/** A file that was shared. */
export type SharedFile = {
  readonly mediaId: string;
  /** Milliseconds since the epoch. */
  readonly createdTs: number;
  /** To be read once; undefined when the bytes are gone. */
  readonly open: () => Promise<StoredBlob | undefined>;
};

/** A piece of what was shared with a server. */
export type Shared = {
  /** Says its `kind`: `room`, `event` or `file`. */
  readonly line: JsonObject;
  /** What a line of the kind `file` is about, unless it was removed. */
  readonly file?: SharedFile;
};

/** The export, piece by piece. A file is told once for each room. */
export async function* exportShared(engine: Engine, server: ServerName): AsyncGenerator<Shared> {
  for (let after = 0; ; ) {
    const page = await engine.store.read((reader) => reader.scan(rooms, { gt: after, limit: PAGE }));
    for (const room of page) if (room.federate === 1) yield* exportRoom(engine, room, server);
    after = page.at(-1)?.room_nid ?? after;
    if (page.length < PAGE) return;
  }
}

async function* exportRoom(engine: Engine, room: RoomRow, server: ServerName): AsyncGenerator<Shared> {
  const last = await lastPresence(engine, room, server);
  if (last === undefined) return;
  const name = await engine.store.read((reader) => nameOfRoom(engine, reader, room));
  yield {
    line: {
      kind: 'room',
      room_id: room.room_id,
      room_version: room.room_version,
      ...(name === undefined ? {} : { name }),
    },
  };
  const files = new Set<string>();
  for await (const { event, present, readable } of eventsWithPresence(engine, room, server)) {
    const { pdu, eventId, position } = event;
    if (!isLocal(engine, pdu.sender)) continue;
    const isAboutThem = pdu.type === 'm.room.member' && isOf(pdu.state_key, server);
    const read = readable && position !== null && position < last;
    if (!present && !isAboutThem && !read) continue;
    // `sent`: it went there when it was made. Otherwise it could be fetched by those who came later.
    yield { line: { kind: 'event', sent: present || isAboutThem, event_id: eventId, event: pdu } };
    for (const mediaId of filesNamedIn(engine, event)) {
      if (files.has(mediaId)) continue;
      files.add(mediaId);
      yield await sharedFile(engine, room, event, mediaId);
    }
  }
}

/** The timeline position up to which a server had members in a room; undefined: it never had. */
const lastPresence = async (
  engine: Engine,
  room: RoomRow,
  server: ServerName,
): Promise<number | undefined> => {
  let last: number | undefined;
  for await (const { event, present, about } of eventsWithPresence(engine, room, server)) {
    if (present) last = event.position ?? last;
    // Somebody who was only invited was shown the invitation.
    else if (about) last ??= event.position ?? undefined;
  }
  return last;
};

type Seen = {
  readonly event: StoredEvent;
  /** Whether the server had a joined member when the event was made, or with it. */
  readonly present: boolean;
  /** Whether the event is about the membership of somebody there. */
  readonly about: boolean;
  /** Whether those who come later may read it. */
  readonly readable: boolean;
};

/** A room's timeline from its beginning, with who was there and what the history visibility was. */
async function* eventsWithPresence(engine: Engine, room: RoomRow, server: ServerName): AsyncGenerator<Seen> {
  const joined = new Set<string>();
  let readable = true;
  const take = ({ pdu }: StoredEvent): boolean => {
    if (pdu.type === 'm.room.history_visibility') {
      const visibility = parseHistoryVisibility(pdu.content['history_visibility']);
      readable = visibility === 'shared' || visibility === 'world_readable';
    }
    const userId = pdu.type === 'm.room.member' ? pdu.state_key : undefined;
    if (userId === undefined || !isOf(userId, server)) return false;
    if (pdu.content['membership'] === 'join') joined.add(userId);
    else joined.delete(userId);
    return true;
  };
  let isFirst = true;
  for (let after = Number.MIN_SAFE_INTEGER; ; ) {
    const page = await engine.store.read(async (reader) => {
      const rows = await reader.scan(timeline, {
        where: { room_nid: room.room_nid },
        gt: after,
        limit: PAGE,
      });
      const events = await engine.events.many(
        reader,
        rows.map((row) => row.event_nid),
      );
      const root = isFirst ? events[0]?.stateBefore : undefined;
      const before = root == null ? [] : await stateEvents(engine, reader, room, root);
      return { rows, events, before };
    });
    isFirst = false;
    for (const event of page.before) take(event);
    for (const event of page.events) {
      const wasThere = joined.size > 0;
      const about = event.stateKeyNid !== null && take(event);
      yield { event, present: wasThere || joined.size > 0, about, readable };
    }
    after = page.rows.at(-1)?.position ?? after;
    if (page.rows.length < PAGE) return;
  }
}

const isOf = (text: string | undefined, server: ServerName): boolean => {
  const userId = text === undefined ? undefined : parseUserId(text);
  return userId !== undefined && serverNameOf(userId) === server;
};

const sharedFile = async (
  engine: Engine,
  room: RoomRow,
  event: StoredEvent,
  media_id: string,
): Promise<Shared> => {
  const key = { origin: engine.serverName, media_id };
  const file = await engine.store.read((reader) => reader.get(media, key));
  const line = {
    kind: 'file',
    mxc: `mxc://${engine.serverName}/${media_id}`,
    room_id: room.room_id,
    event_id: event.eventId,
  };
  if (file === undefined) return { line: { ...line, removed: true } };
  return {
    line: {
      ...line,
      bytes: file.size,
      content_type: file.content_type,
      ...(file.upload_name === null ? {} : { name: file.upload_name }),
    },
    file: {
      mediaId: media_id,
      createdTs: file.created_ts,
      open: () => engine.blobs.read(file.blob_key),
    },
  };
};
