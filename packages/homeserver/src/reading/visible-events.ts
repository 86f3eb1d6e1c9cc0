/**
 * History visibility, applied to whatever a local user reads.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#room-history-visibility
 */
import {
  canUserSeeEvent,
  type HistoryVisibility,
  type Membership,
  parseHistoryVisibility,
} from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import { DUMMY_EVENT } from '../rooms/dummy-event.ts';
import type { StoredEvent } from '../rooms/event-cache.ts';
import type { StateRoot } from '../rooms/state-map.ts';
import type { StoreReader } from '../store/store.ts';
import { erasedAt } from './erased.ts';
import { isHeard } from './hearing.ts';
import { stateKnownAt } from './state-known-at.ts';
import { type RoomViewer, readMembership } from './viewer.ts';

/** Membership changes looked back through to find out whether somebody who is gone was once joined. */
const MAX_LOOK_BACK = 32;

/** Tells for each event whether this viewer may see it. One per room and request: it remembers states. */
export type VisibilityTest = {
  canSee(event: StoredEvent): Promise<boolean>;
  /** The viewer's membership just before an event. */
  membershipBefore(event: StoredEvent): Promise<Membership | undefined>;
  /**
   * Whether the sender was erased before the viewer could see the event: then it is shown without content. Who was in
   * the room with it, or when the sender was erased, goes on seeing it.
   */
  isErased(event: StoredEvent): Promise<boolean>;
};

export const visibilityTest = async (
  engine: Engine,
  reader: StoreReader,
  viewer: RoomViewer,
): Promise<VisibilityTest> => {
  const { room } = viewer;
  const visibilityKey = await engine.names.stateKeyNid(reader, 'm.room.history_visibility', '');
  const memory = new Map<string, { visibility: HistoryVisibility; membership: Membership | undefined }>();

  const stateAt = async (root: StateRoot) => {
    const key = Buffer.from(root.buffer, root.byteOffset, root.byteLength).toString('latin1');
    const remembered = memory.get(key);
    if (remembered !== undefined) return remembered;
    const at = async (stateKeyNid: number | undefined) => {
      if (stateKeyNid === undefined) return undefined;
      const nid = await engine.states.get(reader, room.room_nid, root, stateKeyNid);
      return nid === undefined ? undefined : engine.events.byNid(reader, nid);
    };
    const visibilityEvent = await at(visibilityKey);
    const memberEvent = await at(viewer.memberKeyNid);
    const found = {
      visibility: parseHistoryVisibility(visibilityEvent?.pdu.content.history_visibility),
      membership: memberEvent && readMembership(memberEvent.pdu.content.membership),
    };
    memory.set(key, found);
    return found;
  };

  const lastJoined = await lastJoinedPosition(engine, reader, viewer);
  const membershipBefore = async (event: StoredEvent) =>
    event.stateBefore === null ? undefined : (await stateAt(event.stateBefore)).membership;

  return {
    membershipBefore,
    async isErased(event) {
      const stream = erasedAt(engine, event);
      if (stream === undefined || (await membershipBefore(event)) === 'join') return false;
      const root = await stateKnownAt(reader, room.room_nid, stream);
      return root === undefined || (await stateAt(root)).membership !== 'join';
    },
    async canSee(event) {
      if (event.stateBefore === null || event.verdict !== 'accepted') return false;
      if (event.pdu.type === DUMMY_EVENT && event.pdu.state_key === undefined) return false;
      const isOwn = event.pdu.type === 'm.room.member' && event.pdu.state_key === viewer.userId;
      if (!isOwn && !isHeard(engine, viewer.until, event)) return false;
      const before = await stateAt(event.stateBefore);
      const joinedLater = lastJoined > (event.position ?? Number.POSITIVE_INFINITY);
      const { type, state_key: stateKey, content } = event.pdu;
      if (type === 'm.room.history_visibility' && stateKey === '') {
        return canUserSeeEvent({
          visibility: parseHistoryVisibility(content.history_visibility),
          membership: before.membership,
          joinedLater,
          previousVisibility: before.visibility,
        });
      }
      if (type === 'm.room.member' && stateKey === viewer.userId) {
        return canUserSeeEvent({
          visibility: before.visibility,
          membership: readMembership(content.membership),
          joinedLater,
          previousMembership: before.membership,
        });
      }
      return canUserSeeEvent({ visibility: before.visibility, membership: before.membership, joinedLater });
    },
  };
};

/**
 * The position up to which the viewer was a member last: infinite for a member of today, and for one who is
 * gone the position of the event that ended it.
 */
const lastJoinedPosition = async (
  engine: Engine,
  reader: StoreReader,
  viewer: RoomViewer,
): Promise<number> => {
  let event = viewer.memberEvent;
  if (viewer.membership === 'join') return Number.POSITIVE_INFINITY;
  for (let step = 0; step < MAX_LOOK_BACK && event !== undefined; step++) {
    if (event.stateBefore === null || viewer.memberKeyNid === undefined) break;
    const nid: number | undefined = await engine.states.get(
      reader,
      viewer.room.room_nid,
      event.stateBefore,
      viewer.memberKeyNid,
    );
    if (nid === undefined) break;
    const earlier: StoredEvent = await engine.events.byNid(reader, nid);
    if (earlier.pdu.content.membership === 'join') return event.position ?? Number.NEGATIVE_INFINITY;
    event = earlier;
  }
  return Number.NEGATIVE_INFINITY;
};

/** Those of the events that the viewer may see. */
export const visibleEvents = async (
  test: VisibilityTest,
  events: readonly StoredEvent[],
): Promise<readonly StoredEvent[]> => {
  const seen: StoredEvent[] = [];
  for (const event of events) if (await test.canSee(event)) seen.push(event);
  return seen;
};
