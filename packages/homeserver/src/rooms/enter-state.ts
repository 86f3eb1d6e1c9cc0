/**
 * Puts together a state of many events in steps that each leave the event loop to others. A step changes
 * neighbours in the state map, so that what lies between the steps costs a node or two.
 */
import { parseUserId } from '@causeway/protocol';
import { type Engine, isLocal } from '../engine.ts';
import type { RoomRow } from '../store/schema.ts';
import type { StoreTx } from '../store/store.ts';
import { Turns } from '../turns.ts';
import { roomById } from './current-state.ts';
import { placeInTree, type StateRoot } from './state-map.ts';
import { updateCurrentState } from './update-current-state.ts';

/** State keys changed in one commit: about 10 ms of work. */
const STEP = 128;

export type StateEntries = ReadonlyMap<number, number>;
type Change = readonly [stateKeyNid: number, eventNid: number | undefined];

/** The root of the map of these entries. */
export const buildState = async (
  engine: Engine,
  room: RoomRow,
  entries: StateEntries,
): Promise<StateRoot> => {
  let root = await engine.store.transact((tx) => engine.states.build(tx, room.room_nid, []));
  for (const step of stepsOf([...entries])) {
    root = await engine.store.transact((tx) => engine.states.update(tx, room.room_nid, root, new Map(step)));
  }
  return root;
};

/**
 * Makes the entries the current state of a room that this server is not in, all but what concerns its own
 * users: so nobody sees anything of it yet, and what remains to be done is little. Returns what remains.
 */
export const enterState = async (
  engine: Engine,
  room: RoomRow,
  entries: StateEntries,
): Promise<readonly Change[]> => {
  const { later, now } = await changesTo(engine, room, entries);
  for (const step of stepsOf(now)) {
    await engine.store.transact(async (tx) => {
      const current = await existing(tx, room);
      const root = await engine.states.update(tx, room.room_nid, current.state_root, new Map(step));
      await updateCurrentState(engine, tx, current, root, { stream: null });
    });
  }
  return later;
};

const existing = async (tx: StoreTx, { room_id: roomId }: RoomRow): Promise<RoomRow> => {
  const room = await roomById(tx, roomId);
  if (room === undefined) throw new Error(`room ${roomId} vanished while it was being entered`);
  return room;
};

const changesTo = async (
  engine: Engine,
  { room_id, room_nid }: RoomRow,
  entries: StateEntries,
): Promise<{ readonly now: readonly Change[]; readonly later: readonly Change[] }> => {
  const before = await engine.store.read(async (reader) => {
    const room = await roomById(reader, room_id);
    return new Map(room && (await engine.states.entries(reader, room_nid, room.state_root)));
  });
  const changes: Change[] = [...entries].filter(([key, event]) => before.get(key) !== event);
  for (const key of before.keys()) if (!entries.has(key)) changes.push([key, undefined]);
  const now: Change[] = [];
  const later: Change[] = [];
  const turns = new Turns();
  for (let at = 0; at < changes.length; at += STEP) {
    const part = changes.slice(at, at + STEP);
    await engine.store.read(async (reader) => {
      for (const change of part) {
        const { type, stateKey } = await engine.names.stateKey(reader, change[0]);
        const userId = type === 'm.room.member' ? parseUserId(stateKey) : undefined;
        if (userId !== undefined && isLocal(engine, userId)) later.push(change);
        else now.push(change);
      }
    });
    await turns.next();
  }
  return { now, later };
};

/** Changes in the order in which the state map has them, step by step. */
export const stepsOf = function* <C extends Change>(changes: readonly C[]): Generator<readonly C[]> {
  const placed = changes.map((change) => ({ place: placeInTree(change[0]), change }));
  placed.sort((a, b) => a.place - b.place);
  for (let at = 0; at < placed.length; at += STEP) {
    yield placed.slice(at, at + STEP).map(({ change }) => change);
  }
};
