/** @see https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3roomsroomidstate */
import type { UserId } from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import { notFound } from '../matrix-error.ts';
import { stateEvent, stateEvents } from '../rooms/current-state.ts';
import type { StoredEvent } from '../rooms/event-cache.ts';
import { memberships, type RoomRow, rooms, TIMELINE_STRIDE } from '../store/schema.ts';
import type { StoreReader } from '../store/store.ts';
import { type ClientEvent, stateSectionEvent } from './client-event.ts';
import { parsePageToken } from './page-token.ts';
import { openJoinedRoom, openRoom, stateAt } from './room-access.ts';
import { viewerOf } from './viewer.ts';
import { waitForMembers } from './wait-for-members.ts';

type RoomRequest = { readonly userId: UserId; readonly deviceId: string; readonly roomId: string };

/** The whole state that this person may see. */
export const getState = (engine: Engine, request: RoomRequest): Promise<readonly ClientEvent[]> =>
  engine.store.read(async (reader) => {
    const { room, root } = await openRoom(engine, reader, request, request.roomId);
    const events = await stateEvents(engine, reader, room, root);
    return events.map((event) => stateSectionEvent(engine, event, room.room_id));
  });

/** @throws M_NOT_FOUND */
export const getStateEvent = (
  engine: Engine,
  request: RoomRequest & { readonly type: string; readonly stateKey: string },
): Promise<ClientEvent> =>
  engine.store.read(async (reader) => {
    const { room, root } = await openRoom(engine, reader, request, request.roomId);
    const event = await stateEvent(engine, reader, room, request.type, request.stateKey, root);
    if (event === undefined) {
      throw notFound(`This room has no state of type ${request.type} at "${request.stateKey}".`);
    }
    return stateSectionEvent(engine, event, room.room_id);
  });

/** Which members of a room, as of when. */
export type MembersRequest = RoomRequest & {
  /** Token of the moment to look at; undefined: now. */
  readonly at: string | undefined;
  readonly membership: string | undefined;
  readonly notMembership: string | undefined;
};

/**
 * While the members are fetched who were left out at the join, the answer waits for them, at most 30 s; then it has those
 * who are known.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3roomsroomidmembers
 */
export const getMembers = async (
  engine: Engine,
  request: MembersRequest,
): Promise<readonly ClientEvent[]> => {
  const hasWaited = await whenMembersAreHere(engine, request);
  return engine.store.read(async (reader) => {
    const { room, viewer, root } = await openRoom(engine, reader, request, request.roomId);
    // What was known at the token is less than what was asked for.
    const at =
      hasWaited || request.at === undefined || viewer.membership !== 'join'
        ? root
        : await stateAt(
            reader,
            room,
            Math.min(Math.floor(parsePageToken(request.at) / TIMELINE_STRIDE), viewer.until.everybody),
          );
    const events = (await stateEvents(engine, reader, room, at)).filter(({ pdu }) => {
      const { membership } = pdu.content;
      if (pdu.type !== 'm.room.member' || membership === request.notMembership) return false;
      return request.membership === undefined || membership === request.membership;
    });
    return events.map((event) => stateSectionEvent(engine, event, room.room_id));
  });
};

/** Joined members with their names and pictures. Only for members. Waits as `getMembers` does. */
export const getJoinedMembers = async (
  engine: Engine,
  request: RoomRequest,
): Promise<readonly StoredEvent[]> => {
  await whenMembersAreHere(engine, request);
  return engine.store.read(async (reader) => {
    const { room, root } = await openJoinedRoom(engine, reader, request, request.roomId);
    return joinedMembers(engine, reader, room, root);
  });
};

/** Whether it had to wait. Only members do. */
const whenMembersAreHere = async (engine: Engine, request: RoomRequest): Promise<boolean> => {
  const { room, viewer } = await engine.store.read((reader) =>
    openRoom(engine, reader, request, request.roomId),
  );
  return viewer.membership === 'join' && (await waitForMembers(engine, room.room_nid));
};

const joinedMembers = async (engine: Engine, reader: StoreReader, room: RoomRow, root: Uint8Array) =>
  (await stateEvents(engine, reader, room, root)).filter(
    ({ pdu }) => pdu.type === 'm.room.member' && pdu.content.membership === 'join',
  );

/** IDs of the rooms a user is joined to. */
export const getJoinedRooms = (
  engine: Engine,
  user: { readonly userId: UserId; readonly deviceId: string },
): Promise<readonly string[]> =>
  engine.store.read(async (reader) => {
    const { userNid } = await viewerOf(engine, reader, user);
    if (userNid === undefined) return [];
    const rows = await reader.scan(memberships, { index: 'by_user', where: { user_nid: userNid } });
    const ids: string[] = [];
    for (const row of rows) {
      if (row.membership !== 'join') continue;
      const room = await reader.get(rooms, { room_nid: row.room_nid });
      if (room !== undefined) ids.push(room.room_id);
    }
    return ids;
  });
