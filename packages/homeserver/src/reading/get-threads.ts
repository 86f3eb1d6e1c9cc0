/** @see https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv1roomsroomidthreads */
import type { UserId } from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import type { StoredEvent } from '../rooms/event-cache.ts';
import { relations } from '../store/schema.ts';
import type { StoreReader } from '../store/store.ts';
import { type ClientEvent, clientEvents } from './client-event.ts';
import { formatPageToken } from './page-token.ts';
import { openRoom } from './room-access.ts';
import { visibilityTest } from './visible-events.ts';

/** Which threads of a room; `from` is a position as {@link parsePageToken} has them. */
export type ThreadsRequest = {
  readonly userId: UserId;
  readonly deviceId: string;
  readonly roomId: string;
  readonly onlyParticipated: boolean;
  readonly from: number | undefined;
  readonly limit: number;
};

/**
 * Roots of threads, those with the newest message first.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv1roomsroomidthreads
 */
export type ThreadsResponse = { readonly chunk: readonly ClientEvent[]; readonly next_batch?: string };

const BATCH = 200;

/** Thread roots, those with the newest message first. */
export const getThreads = (engine: Engine, request: ThreadsRequest): Promise<ThreadsResponse> =>
  engine.store.read(async (reader) => {
    const { room, viewer } = await openRoom(engine, reader, request, request.roomId);
    const visibility = await visibilityTest(engine, reader, viewer);
    const roots: StoredEvent[] = [];
    let below = request.from ?? Number.MAX_SAFE_INTEGER;
    let more = true;
    while (more && roots.length < request.limit) {
      const rows = await reader.scan(relations, {
        index: 'by_room',
        where: { room_nid: room.room_nid, rel_type: 'm.thread' },
        lt: below,
        reverse: true,
        limit: BATCH,
      });
      more = rows.length === BATCH;
      for (const row of rows) {
        if (roots.length === request.limit) {
          more = true;
          break;
        }
        below = row.position;
        const root = await engine.events.byId(reader, row.target_event_id);
        if (root === undefined || root.roomNid !== room.room_nid || !(await visibility.canSee(root)))
          continue;
        if ((await newestPosition(reader, root)) !== row.position) continue;
        if (request.onlyParticipated && !(await hasSpoken(engine, reader, root, request.userId))) continue;
        roots.push(root);
      }
    }
    const chunk = await clientEvents(engine, reader, roots, {
      viewer,
      room,
      visibility,
      withRoomId: true,
      withRelations: true,
    });
    return { chunk, ...(more ? { next_batch: formatPageToken(below) } : {}) };
  });

const inThread = (root: StoredEvent) => ({
  index: 'by_type' as const,
  where: { room_nid: root.roomNid, target_event_id: root.eventId, rel_type: 'm.thread' },
  reverse: true,
});

const newestPosition = async (reader: StoreReader, root: StoredEvent): Promise<number | undefined> =>
  (await reader.first(relations, inThread(root)))?.position;

const hasSpoken = async (
  engine: Engine,
  reader: StoreReader,
  root: StoredEvent,
  userId: UserId,
): Promise<boolean> => {
  if (root.pdu.sender === userId) return true;
  for (const row of await reader.scan(relations, inThread(root))) {
    if ((await engine.events.byNid(reader, row.event_nid)).pdu.sender === userId) return true;
  }
  return false;
};
