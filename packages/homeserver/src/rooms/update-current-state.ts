/** The current state of a room, and what is derived from it: memberships and the servers in the room. */
import { parseUserId, serverNameOf } from '@causeway/protocol';
import { announceToNewServers } from '../devices/lists/announce-list.ts';
import { type Engine, isLocal } from '../engine.ts';
import { refreshRemoteProfile } from '../federation/query-profile.ts';
import {
  currentStates,
  memberships,
  type RoomRow,
  remoteMemberships,
  roomServers,
  rooms,
} from '../store/schema.ts';
import type { StoreTx } from '../store/store.ts';
import type { StoredEvent } from './event-cache.ts';
import { hasOutsiders } from './servers-in-room.ts';
import type { StateRoot } from './state-map.ts';

export type StateChange = {
  readonly room: RoomRow;
  /** Users whose membership changed. */
  readonly userNids: readonly number[];
  /** Servers whose last member left with this change: they still get the event that says so. */
  readonly leftServers: readonly number[];
  /** Who has come to share the room with whom. */
  readonly arrivals: Arrivals;
};

/** Whoever is new in a room hears how the people in it are, and they hear of the new ones. */
export type Arrivals = {
  readonly serverNids: readonly number[];
  /** Local users. */
  readonly userNids: readonly number[];
  /** Servers to wake, which have the devices of those users to hear of. */
  readonly told: readonly number[];
};

export const NOBODY_ARRIVED: Arrivals = { serverNids: [], userNids: [], told: [] };

/** Makes `root` the current state; `event` is the one that led to it. */
export const updateCurrentState = async (
  engine: Engine,
  tx: StoreTx,
  room: RoomRow,
  root: StateRoot,
  event: Pick<StoredEvent, 'stream'>,
): Promise<StateChange> => {
  const differences = await engine.states.difference(tx, room.room_nid, room.state_root, root);
  if (differences.length === 0) return { room, userNids: [], leftServers: [], arrivals: NOBODY_ARRIVED };
  const changed: RoomRow = { ...room, state_root: root };
  await tx.update(rooms, { room_nid: room.room_nid }, { state_root: root });
  const stream = event.stream ?? 0;
  if (event.stream !== null) {
    await tx.insert(currentStates, { room_nid: room.room_nid, stream, state_root: root });
  }
  const userNids: number[] = [];
  const arrivedUsers: number[] = [];
  const serverChanges = new Map<number, number>();
  for (const { stateKeyNid, a, b } of differences) {
    const { type, stateKey } = await engine.names.stateKey(tx, stateKeyNid);
    const userId = type === 'm.room.member' ? parseUserId(stateKey) : undefined;
    if (userId === undefined) continue;
    const before = await membershipIn(engine, tx, a);
    const after = await membershipIn(engine, tx, b);
    const user_nid = await engine.names.internUser(tx, userId);
    const key = { room_nid: room.room_nid, user_nid };
    if (b === undefined) await tx.delete(memberships, key);
    else {
      const local = Number(isLocal(engine, userId));
      await tx.put(memberships, { ...key, membership: after, event_nid: b, stream, local });
    }
    if (before !== after) userNids.push(user_nid);
    if (before !== 'join' && after === 'join' && isLocal(engine, userId)) arrivedUsers.push(user_nid);
    if (!isLocal(engine, userId) && after === 'join' && b !== undefined)
      await refreshRemoteProfile(engine, tx, userId, (await engine.events.byNid(tx, b)).pdu.content);
    if (isLocal(engine, userId)) {
      await tx.delete(remoteMemberships, { user_nid, room_id: room.room_id });
      engine.activity.membershipChanged(user_nid, stream);
    }
    const step = Number(after === 'join') - Number(before === 'join');
    if (step !== 0) {
      const server = await engine.names.internServer(tx, serverNameOf(userId));
      serverChanges.set(server, (serverChanges.get(server) ?? 0) + step);
    }
  }
  const { left, arrived } = await countServers(tx, room.room_nid, serverChanges, stream);
  return {
    room: await noteShared(engine, tx, changed, serverChanges, stream),
    userNids,
    leftServers: left,
    arrivals: {
      serverNids: arrived,
      userNids: arrivedUsers,
      told: await announceToNewServers(engine, tx, changed, arrivedUsers),
    },
  };
};

/** Writes down since when others are in the room: who may not hear of them keeps what was there before. */
const noteShared = async (
  engine: Engine,
  tx: StoreTx,
  room: RoomRow,
  changes: ReadonlyMap<number, number>,
  stream: number,
): Promise<RoomRow> => {
  if (changes.size === 0) return room;
  const shared = await hasOutsiders(engine, tx, room.room_nid);
  if (shared === (room.shared_since !== null)) return room;
  const shared_since = shared ? stream : null;
  await tx.update(rooms, { room_nid: room.room_nid }, { shared_since });
  return { ...room, shared_since };
};

const membershipIn = async (engine: Engine, tx: StoreTx, eventNid: number | undefined): Promise<string> => {
  if (eventNid === undefined) return 'leave';
  const { membership } = (await engine.events.byNid(tx, eventNid)).pdu.content;
  return typeof membership === 'string' ? membership : 'leave';
};

const countServers = async (
  tx: StoreTx,
  roomNid: number,
  changes: ReadonlyMap<number, number>,
  stream: number,
): Promise<{ readonly left: readonly number[]; readonly arrived: readonly number[] }> => {
  const left: number[] = [];
  const arrived: number[] = [];
  for (const [server_nid, step] of changes) {
    if (step === 0) continue;
    const key = { room_nid: roomNid, server_nid };
    const row = await tx.get(roomServers, key);
    const joined = Math.max(0, (row?.joined ?? 0) + step);
    const believed = row?.believed ?? null;
    if (row === undefined && joined > 0) arrived.push(server_nid);
    if (joined > 0 || believed === 1)
      await tx.put(roomServers, { ...key, joined, since: row === undefined ? stream : row.since, believed });
    else {
      await tx.delete(roomServers, key);
      left.push(server_nid);
    }
  }
  return { left, arrived };
};
