/**
 * Finds out since when others are in the rooms of a database from before `rooms.shared_since` was kept, before the
 * homeserver takes up its work: the next member who comes would be taken for the first otherwise.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { parseUserId } from '@causeway/protocol';
import { type Engine, isLocal } from '../engine.ts';
import { currentStates, fillIns, type RoomRow, rooms } from '../store/schema.ts';
import type { StoreReader } from '../store/store.ts';
import { hasOutsiders } from './servers-in-room.ts';
import type { StateDifference, StateRoot } from './state-map.ts';

const NAME = `${rooms.name}.shared_since`;
const DONE = Number.MAX_SAFE_INTEGER;
/** States of a room read at once. */
const BATCH = 100;

export const fillInSharedSince = async (engine: Engine): Promise<void> => {
  let reached = await engine.store.read(
    async (reader) => (await reader.get(fillIns, { name: NAME }))?.reached ?? 0,
  );
  while (reached !== DONE) {
    const room = await engine.store.read((reader) => reader.first(rooms, { gt: reached }));
    const shared_since = room && (await sharedSince(engine, room));
    reached = room?.room_nid ?? DONE;
    const progress = { name: NAME, reached };
    await engine.store.transact(async (tx) => {
      if (shared_since !== undefined)
        await tx.update(rooms, { room_nid: progress.reached }, { shared_since });
      await tx.put(fillIns, progress);
    });
  }
};

/** As `updateCurrentState` writes it down: follows the states of the room from its first one. */
const sharedSince = async (engine: Engine, room: RoomRow): Promise<number | null> => {
  const { room_nid } = room;
  if (!(await engine.store.read((reader) => hasOutsiders(engine, reader, room_nid)))) return null;
  let last: { readonly stream: number; readonly root: StateRoot } | undefined;
  let joined = 0;
  let since = 0;
  for (let isEnd = false; !isEnd; ) {
    await engine.store.read(async (reader) => {
      const rows = await reader.scan(currentStates, {
        where: { room_nid },
        gt: last?.stream ?? -1,
        limit: BATCH,
      });
      for (const { stream, state_root } of rows) {
        const change = await joinedOutsiders(
          engine,
          reader,
          await changes(engine, reader, room_nid, last?.root, state_root),
        );
        // Others are in a room from its beginning for us when they let us in.
        if (joined === 0 && change > 0) since = last === undefined ? 0 : stream;
        joined += change;
        last = { stream, root: state_root };
      }
      isEnd = rows.length < BATCH;
    });
    await nextTurn();
  }
  return since;
};

const changes = async (
  engine: Engine,
  reader: StoreReader,
  roomNid: number,
  before: StateRoot | undefined,
  after: StateRoot,
): Promise<readonly StateDifference[]> =>
  before === undefined
    ? (await engine.states.entries(reader, roomNid, after)).map(([stateKeyNid, b]) => ({
        stateKeyNid,
        a: undefined,
        b,
      }))
    : engine.states.difference(reader, roomNid, before, after);

/** How many more of them are joined. */
const joinedOutsiders = async (
  engine: Engine,
  reader: StoreReader,
  differences: readonly StateDifference[],
): Promise<number> => {
  const isJoined = async (eventNid: number | undefined): Promise<boolean> =>
    eventNid !== undefined &&
    (await engine.events.byNid(reader, eventNid)).pdu.content['membership'] === 'join';
  let more = 0;
  for (const { stateKeyNid, a, b } of differences) {
    const { type, stateKey } = await engine.names.stateKey(reader, stateKeyNid);
    const userId = type === 'm.room.member' ? parseUserId(stateKey) : undefined;
    if (userId === undefined || isLocal(engine, userId)) continue;
    more += Number(await isJoined(b)) - Number(await isJoined(a));
  }
  return more;
};
