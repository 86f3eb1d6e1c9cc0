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
import { formatNames } from '../i18n/dates.ts';
import { blockedServersOf } from '../people/blocked-servers.ts';
import { type DirectRooms, parseDirectRooms, peersOf } from '../people/direct-rooms.ts';
import { serverNameOf } from '../people/organisation.ts';
import { type Person, personIn } from '../people/person.ts';
import { plainName } from '../people/plain-name.ts';
import { text } from '../session/matrix-request.ts';

/** A room as the list shows it. */
export type RoomSummary = {
  readonly id: string;
  readonly name: string;
  readonly kind: 'channel' | 'direct' | 'space';
  /** `knock`: one has asked to be let in. */
  readonly membership: 'join' | 'invite' | 'knock';
  /** Open to other organisations: the room was not made with `m.federate: false`. */
  readonly shared: boolean;
  readonly unread: number;
  readonly highlights: number;
  readonly lastActivity: number;
  /** The other person of a direct message, or the inviter of an invitation. */
  readonly peer: Person | undefined;
  /** How many others a direct message is with. */
  readonly peers: number;
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
    if (membership !== 'join' && membership !== 'invite' && membership !== 'knock') continue;
    if (isReplaced(client, room)) continue;
    const summary = summariseRoom(client, room, membership, direct);
    if (membership !== 'invite' || !isUnwanted(client, summary)) result.push(summary);
  }
  return result.sort(compareRooms);
}

/** A room that was made anew, once one is in the new one. */
function isReplaced(client: MatrixClient, room: Room): boolean {
  const replacement = replacementOf(room);
  return replacement !== undefined && client.getRoom(replacement)?.getMyMembership() === 'join';
}

/** The room that takes the place of this one. */
export const replacementOf = (room: Room): string | undefined =>
  text(room.currentState.getStateEvents(EventType.RoomTombstone, '')?.getContent().replacement_room);

/** An invitation by somebody whom one ignores, or from an organisation that one has blocked. */
function isUnwanted(client: MatrixClient, { peer }: RoomSummary): boolean {
  if (!peer) return false;
  return client.isUserIgnored(peer.userId) || blockedServersOf(client).includes(serverNameOf(peer.userId));
}

/** In the order of the list. */
const KINDS = ['space', 'channel', 'direct'] as const;

function compareRooms(a: RoomSummary, b: RoomSummary): number {
  if (a.kind !== b.kind) return KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind);
  if (a.kind === 'direct' && a.lastActivity !== b.lastActivity) return b.lastActivity - a.lastActivity;
  return a.name.localeCompare(b.name) || (a.id < b.id ? -1 : 1);
}

function summariseRoom(
  client: MatrixClient,
  room: Room,
  membership: RoomSummary['membership'],
  direct: DirectRooms,
): RoomSummary {
  const myself = client.getSafeUserId();
  const inviterId = membership === 'invite' ? room.getMember(myself)?.events.member?.getSender() : undefined;
  const peers = peersOf(direct, room.roomId);
  const directWith = peers[0] ?? (membership === 'invite' ? room.getDMInviter() : undefined) ?? undefined;
  const peerId = inviterId ?? directWith;
  const peer = peerId ? personIn(room, peerId) : undefined;
  const kind = room.isSpaceRoom() ? 'space' : directWith ? 'direct' : 'channel';
  return {
    id: room.roomId,
    name: kind === 'direct' && peer ? nameOfDirect(room, peers, peer) : plainName(room.name) || room.roomId,
    kind,
    membership,
    shared: isShared(room),
    unread: room.getUnreadNotificationCount(NotificationCountType.Total) ?? 0,
    highlights: room.getUnreadNotificationCount(NotificationCountType.Highlight) ?? 0,
    lastActivity: room.getLastActiveTimestamp(),
    peer,
    peers: peers.length,
  };
}

function nameOfDirect(room: Room, peers: readonly string[], peer: Person): string {
  if (peers.length < 2 || room.getMyMembership() === 'invite') return peer.name;
  return formatNames(peers.map((userId) => personIn(room, userId).name));
}

function isShared(room: Room): boolean {
  const create = room.currentState.getStateEvents(EventType.RoomCreate, '');
  return create ? create.getContent()['m.federate'] !== false : true;
}
