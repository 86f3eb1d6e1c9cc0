import {
  ClientEvent,
  EventType,
  type MatrixClient,
  NotificationCountType,
  type Room,
  RoomEvent,
  RoomMemberEvent,
  RoomStateEvent,
} from 'matrix-js-sdk';
import { Observable } from '../frame/observable.ts';
import { type DirectRooms, parseDirectRooms, peerOf } from '../people/direct-rooms.ts';
import { type Person, personIn } from '../people/person.ts';

/** A room as the list shows it. */
export type RoomSummary = {
  readonly id: string;
  readonly name: string;
  readonly kind: 'channel' | 'direct';
  readonly membership: 'join' | 'invite';
  /** Open to other organisations: the room was not made with `m.federate: false`. */
  readonly shared: boolean;
  readonly unread: number;
  readonly highlights: number;
  readonly lastActivity: number;
  /** The other person of a direct message, or the inviter of an invitation. */
  readonly peer: Person | undefined;
};

const REFRESH_DELAY_MS = 40;

/** Keeps the list of joined and inviting rooms in step with the client. */
export function followRooms(client: MatrixClient): {
  summaries: Observable<readonly RoomSummary[]>;
  close: () => void;
} {
  const summaries = new Observable<readonly RoomSummary[]>([]);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const refresh = () => {
    timer ??= setTimeout(() => {
      timer = undefined;
      summaries.set(summarise(client));
    }, REFRESH_DELAY_MS);
  };
  const followRoom = (room: Room) => {
    room.on(RoomEvent.UnreadNotifications, refresh);
    refresh();
  };
  client.on(ClientEvent.Room, followRoom);
  client.on(ClientEvent.DeleteRoom, refresh);
  client.on(ClientEvent.AccountData, refresh);
  client.on(ClientEvent.Sync, refresh);
  client.on(RoomEvent.Name, refresh);
  client.on(RoomEvent.MyMembership, refresh);
  client.on(RoomEvent.Timeline, refresh);
  client.on(RoomStateEvent.Events, refresh);
  client.on(RoomMemberEvent.Name, refresh);
  return { summaries, close: () => clearTimeout(timer) };
}

export function directRoomsOf(client: MatrixClient): DirectRooms {
  return parseDirectRooms(client.getAccountData(EventType.Direct)?.getContent());
}

function summarise(client: MatrixClient): readonly RoomSummary[] {
  const direct = directRoomsOf(client);
  const result: RoomSummary[] = [];
  for (const room of client.getRooms()) {
    const membership = room.getMyMembership();
    if (membership === 'join' || membership === 'invite')
      result.push(summariseRoom(client, room, membership, direct));
  }
  return result.sort(compareRooms);
}

function compareRooms(a: RoomSummary, b: RoomSummary): number {
  if (a.kind !== b.kind) return a.kind === 'channel' ? -1 : 1;
  if (a.kind === 'direct' && a.lastActivity !== b.lastActivity) return b.lastActivity - a.lastActivity;
  return a.name.localeCompare(b.name) || (a.id < b.id ? -1 : 1);
}

function summariseRoom(
  client: MatrixClient,
  room: Room,
  membership: 'join' | 'invite',
  direct: DirectRooms,
): RoomSummary {
  const myself = client.getSafeUserId();
  const inviterId = membership === 'invite' ? room.getMember(myself)?.events.member?.getSender() : undefined;
  const directWith =
    peerOf(direct, room.roomId) ?? (membership === 'invite' ? room.getDMInviter() : undefined) ?? undefined;
  const peerId = inviterId ?? directWith;
  const peer = peerId ? personIn(room, peerId) : undefined;
  const kind = directWith ? 'direct' : 'channel';
  return {
    id: room.roomId,
    name: kind === 'direct' && peer ? peer.name : room.name,
    kind,
    membership,
    shared: isShared(room),
    unread: room.getUnreadNotificationCount(NotificationCountType.Total) ?? 0,
    highlights: room.getUnreadNotificationCount(NotificationCountType.Highlight) ?? 0,
    lastActivity: room.getLastActiveTimestamp(),
    peer,
  };
}

function isShared(room: Room): boolean {
  const create = room.currentState.getStateEvents(EventType.RoomCreate, '');
  return create ? create.getContent()['m.federate'] !== false : true;
}
