import type { PushRuleset } from '@causeway/protocol';
import { LRUCache } from 'lru-cache';
import type { PresenceSettings } from '../ephemeral/presence-settings.ts';
import type { MembershipRow } from '../store/schema.ts';
import type { InviteBlocks } from '../users/invite-blocks.ts';

/** Users whose memberships and push rules are kept in memory. */
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
  roomChangedAt(roomNid: number): number;
  membershipChangedAt(userNid: number): number;
  userChangedAt(userNid: number): number;
  /** Memberships of local users as they were at a stream position. */
  readonly userRooms: LRUCache<
    number,
    { readonly asOf: number; readonly rooms: ReadonlyMap<number, MembershipRow> }
  >;
  /** Push rules of local users; an entry is deleted in the transaction that changes them. */
  readonly pushRules: LRUCache<number, PushRuleset | 'default'>;
  /** Whom local users ignore; deleted in the same way. */
  readonly ignoredUsers: LRUCache<number, ReadonlySet<string>>;
  /** Whose invitations local users do not want; deleted in the same way. */
  readonly inviteBlocks: LRUCache<number, InviteBlocks>;
  /** What local users say about their presence; deleted in the same way. */
  readonly presenceSettings: LRUCache<number, PresenceSettings>;
};

const latest = (positions: Map<number, number>, key: number, stream: number) => {
  if (stream > (positions.get(key) ?? 0)) positions.set(key, stream);
};

/** `stream` is the newest committed stream position at the start. */
export const createActivity = (stream: number): Activity => {
  const rooms = new Map<number, number>();
  const memberships = new Map<number, number>();
  const users = new Map<number, number>();
  return {
    startedAt: stream,
    roomChanged: (roomNid, at) => latest(rooms, roomNid, at),
    membershipChanged: (userNid, at) => latest(memberships, userNid, at),
    userChanged: (userNid, at) => latest(users, userNid, at),
    roomChangedAt: (roomNid) => rooms.get(roomNid) ?? stream,
    membershipChangedAt: (userNid) => memberships.get(userNid) ?? stream,
    userChangedAt: (userNid) => users.get(userNid) ?? stream,
    userRooms: new LRUCache({ max: MAX_USERS }),
    pushRules: new LRUCache({ max: MAX_USERS }),
    ignoredUsers: new LRUCache({ max: MAX_USERS }),
    inviteBlocks: new LRUCache({ max: MAX_USERS }),
    presenceSettings: new LRUCache({ max: MAX_USERS }),
  };
};
