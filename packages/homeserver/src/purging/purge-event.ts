/**
 * Takes what a message says out of this server and keeps its place in the graph: its ID, its parents' children and
 * the state before it. So events that build on it are judged as before, and it is never fetched again.
 */
import { redact } from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import { relationOf } from '../reading/client-event.ts';
import { rulesOf } from '../rooms/current-state.ts';
import type { StoredEvent } from '../rooms/event-cache.ts';
import { forgetWords } from '../search/search-index.ts';
import {
  forwardExtremities,
  missingParents,
  notifications,
  type RoomRow,
  redactedReplies,
  relations,
  roomNotifications,
  timeline,
} from '../store/schema.ts';
import type { StoreTx } from '../store/store.ts';
import { unlinkFiles } from './orphaned-files.ts';

/** Only messages can be purged: state, and what it builds on, is needed for as long as the room is. */
export const isPurgeable = (event: StoredEvent): boolean =>
  event.stateKeyNid === null && event.verdict === 'accepted' && !event.outlier;

export const purgeEvent = async (
  engine: Engine,
  tx: StoreTx,
  room: RoomRow,
  event: StoredEvent,
  faces: ReadonlySet<string>,
): Promise<void> => {
  const { eventNid } = event;
  await forgetWords(tx, event);
  await unlinkFiles(engine, tx, event, faces);
  await leaveTimeline(tx, event);
  await forgetParentsOf(tx, event);
  await engine.events.update(tx, eventNid, {
    json: JSON.stringify(await remains(tx, room, event)),
    verdict: 'purged',
    position: null,
    stream: null,
  });
};

/** Takes an event off the timeline, with what makes others show or count it. Its row says so afterwards. */
export const leaveTimeline = async (
  tx: StoreTx,
  { eventNid, roomNid, position, pdu }: StoredEvent,
): Promise<void> => {
  if (position !== null) {
    await tx.delete(timeline, { room_nid: roomNid, position });
    await tx.delete(roomNotifications, { room_nid: roomNid, position });
    const relation = relationOf(pdu.content);
    if (relation !== undefined)
      await tx.delete(relations, { room_nid: roomNid, target_event_id: relation.eventId, position });
  }
  await tx.delete(redactedReplies, { event_nid: eventNid });
};

/** What is older than a purged stretch is not fetched any more. */
export const forgetParentsOf = (tx: StoreTx, { roomNid, eventNid }: StoredEvent): Promise<void> =>
  tx.deleteRange(missingParents, { where: { room_nid: roomNid, child_nid: eventNid } });

/** Nobody is told of what can't be read. */
export const forgetNotifications = async (
  tx: StoreTx,
  roomNid: number,
  localUsers: readonly number[],
  positions: readonly number[],
): Promise<void> => {
  const first = positions[0];
  const last = positions.at(-1);
  if (first === undefined || last === undefined) return;
  const gone = new Set(positions);
  for (const user_nid of localUsers) {
    const where = { user_nid, room_nid: roomNid };
    for (const row of await tx.scan(notifications, { where, gte: first, lte: last })) {
      if (gone.has(row.position)) await tx.delete(notifications, row);
    }
  }
};

/**
 * What the graph asks of an event that nobody reads. New events name a forward extremity as their parent, in old
 * room versions with a hash of it, so its redacted form is kept, which has the same hash.
 */
const remains = async (tx: StoreTx, room: RoomRow, { eventNid, roomNid, pdu }: StoredEvent) => {
  const extremity = await tx.get(forwardExtremities, { room_nid: roomNid, event_nid: eventNid });
  if (extremity !== undefined) return redact(rulesOf(room), pdu);
  const { type, sender, room_id, depth, origin_server_ts } = pdu;
  return { type, sender, room_id, depth, origin_server_ts, content: {}, prev_events: [], auth_events: [] };
};
