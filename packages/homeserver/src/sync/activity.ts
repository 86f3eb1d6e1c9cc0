import { LRUCache } from 'lru-cache';
import type { MembershipRow } from '../store/schema.ts';

/** Users whose memberships are kept in memory. */
const MAX_USERS = 10_000;

/**
 * What changed since this process started, kept in memory so that a sync looks only at rooms that changed.
 *
 * It is told *inside* the write transaction, before the commit, and so never knows less than a reader of
 * committed data. A transaction that is rolled back leaves a mark that costs one needless look.
 */
export type Activity = {
  /** Changes up to this stream position are not known here. */
  readonly startedAt: number;
  /** A live event was appended to a room, or its receipts changed. */
  roomChanged(roomNid: number, stream: number): void;
  /** A local user's membership in a room was written, for whatever reason. */
  membershipChanged(userNid: number, stream: number): void;
  /** A local user's account data, invitations from elsewhere or push rules changed. */
  userChanged(userNid: number, stream: number): void;
  /** Somebody's devices, cross-signing keys, or signatures changed. */
  deviceListsChanged(stream: number): void;
  /** One-time or fallback keys of a local device were given out. */
  deviceKeysChanged(userNid: number, deviceId: string, stream: number): void;
  /** The stream position of a room's last change; `startedAt` when none is known. */
  roomChangedAt(roomNid: number): number;
  /** The same for a local user's memberships. */
  membershipChangedAt(userNid: number): number;
  /** The same for the rest of what is theirs. */
  userChangedAt(userNid: number): number;
  /** The same for the devices of all. */
  deviceListsChangedAt(): number;
  /** The same for a local device's one-time and fallback keys. */
  deviceKeysChangedAt(userNid: number, deviceId: string): number;
  /** Memberships of local users as they were at a stream position. */
  readonly userRooms: LRUCache<
    number,
    { readonly asOf: number; readonly rooms: ReadonlyMap<number, MembershipRow> }
  >;
  /** Local users who have rules of their own, at least; undefined until it is first asked for. */
  usersWithOwnRules: Set<number> | undefined;
};

const latest = <K>(positions: Map<K, number>, key: K, stream: number) => {
  if (stream > (positions.get(key) ?? 0)) positions.set(key, stream);
};

/** `stream` is the newest committed stream position at the start. */
export const createActivity = (stream: number): Activity => {
  const rooms = new Map<number, number>();
  const memberships = new Map<number, number>();
  const users = new Map<number, number>();
  let lists = stream;
  const devices = new Map<string, number>();
  const deviceKey = (userNid: number, deviceId: string) => `${userNid} ${deviceId}`;
  return {
    startedAt: stream,
    roomChanged: (roomNid, at) => latest(rooms, roomNid, at),
    membershipChanged: (userNid, at) => latest(memberships, userNid, at),
    userChanged: (userNid, at) => latest(users, userNid, at),
    deviceListsChanged: (at) => {
      lists = Math.max(lists, at);
    },
    deviceListsChangedAt: () => lists,
    deviceKeysChanged: (userNid, deviceId, at) => latest(devices, deviceKey(userNid, deviceId), at),
    roomChangedAt: (roomNid) => rooms.get(roomNid) ?? stream,
    membershipChangedAt: (userNid) => memberships.get(userNid) ?? stream,
    userChangedAt: (userNid) => users.get(userNid) ?? stream,
    deviceKeysChangedAt: (userNid, deviceId) => devices.get(deviceKey(userNid, deviceId)) ?? stream,
    userRooms: new LRUCache({ max: MAX_USERS }),
    usersWithOwnRules: undefined,
  };
};
