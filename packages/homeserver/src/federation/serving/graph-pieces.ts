/**
 * Large answers about a room's graph, as JSON text in pieces: a room of 50,000 members is neither read, nor
 * parsed, nor written at once, and the events that are only passed on leave the caches to others.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Engine } from '../../engine.ts';
import type { StoredEvent } from '../../rooms/event-cache.ts';
import { decodeNids, readPdu } from '../../rooms/event-cache.ts';
import { namelessPdu } from '../../reading/erased.ts';
import { rulesOf } from '../../rooms/current-state.ts';
import { type EventRow, events, type RoomRow } from '../../store/schema.ts';

/** Events read in one snapshot: about 2 ms of work. */
const BATCH = 100;

/** What the events of a state look like in an answer. */
type Shape = 'pdu' | 'id';

export type StateToServe = {
  readonly room: RoomRow;
  readonly root: Uint8Array;
  /** Events beside the state whose auth chain is to be included. */
  readonly also?: readonly StoredEvent[];
};

type Names = { readonly chain: string; readonly state: string; readonly shape: Shape };

/**
 * The auth chain and the state as members of an answer, the chain first and each event after its auth events,
 * so that the reader can store nearly every event as it comes.
 */
export const statePieces = async function* (
  engine: Engine,
  { room, root, also = [] }: StateToServe,
  names: Names,
): AsyncGenerator<string> {
  const state: number[] = [];
  for await (const part of entriesInParts(engine, room.room_nid, root)) {
    for (const [, eventNid] of part) state.push(eventNid);
  }
  const chain = await authChainNids(engine, state, also);
  yield* memberPieces(engine, { room, state, chain }, names);
};

/** A part of a state; what of its auth chain is in that part itself is not said twice. */
export const partialStatePieces = async function* (
  engine: Engine,
  {
    room,
    state,
    also,
  }: {
    readonly room: RoomRow;
    readonly state: readonly number[];
    readonly also: readonly StoredEvent[];
  },
  names: Names,
): AsyncGenerator<string> {
  const said = new Set(state);
  const chain = await authChainNids(engine, state, also);
  const unsaid = chain.filter((eventNid) => !said.has(eventNid));
  yield* memberPieces(engine, { room, state, chain: unsaid }, names);
};

const memberPieces = async function* (
  engine: Engine,
  {
    room,
    state,
    chain,
  }: {
    readonly room: RoomRow;
    readonly state: readonly number[];
    readonly chain: readonly number[];
  },
  names: Names,
): AsyncGenerator<string> {
  const written = (row: EventRow) =>
    names.shape === 'id' ? JSON.stringify(row.event_id) : pduText(engine, room, row);
  yield `${JSON.stringify(names.chain)}:`;
  yield* listPieces(engine, chain, written);
  yield `,${JSON.stringify(names.state)}:`;
  yield* listPieces(engine, state.toSorted(ascending), written);
};

/** As it was received, but for memberships of people who were erased. */
const pduText = (engine: Engine, room: RoomRow, row: EventRow): string => {
  const { json } = row;
  if (engine.erased.size === 0 || !json.includes('"m.room.member"')) return json;
  const pdu = readPdu(row);
  const nameless = namelessPdu(engine, rulesOf(room), pdu);
  return nameless === pdu ? json : JSON.stringify(nameless);
};

/** State keys and events of a state, a part at a time. */
export const entriesInParts = async function* (engine: Engine, roomNid: number, root: Uint8Array) {
  const { states, store } = engine;
  for (const part of await store.read((reader) => states.parts(reader, roomNid, root))) {
    yield await store.read((reader) => states.entries(reader, roomNid, part));
    await nextTurn();
  }
};

const ascending = (a: number, b: number): number => a - b;

/** Numbers of the auth events of these events, theirs, and so on; oldest first. */
const authChainNids = async (
  engine: Engine,
  state: readonly number[],
  also: readonly StoredEvent[],
): Promise<readonly number[]> => {
  const seen = new Set<number>(also.flatMap((event) => event.authNids));
  let waiting: number[] = [...state, ...seen];
  const visited = new Set(waiting);
  while (waiting.length > 0) {
    const found: number[] = [];
    for await (const rows of batches(engine, waiting)) {
      for (const nid of rows.flatMap((row) => decodeNids(row.auth_nids))) {
        seen.add(nid);
        if (!visited.has(nid)) found.push(nid);
        visited.add(nid);
      }
    }
    waiting = found;
  }
  return [...seen].sort(ascending);
};

const listPieces = async function* (
  engine: Engine,
  nids: readonly number[],
  written: (row: EventRow) => string,
): AsyncGenerator<string> {
  yield '[';
  let before = '';
  for await (const rows of batches(engine, nids)) {
    yield before + rows.map(written).join(',');
    before = ',';
  }
  yield ']';
};

const batches = async function* (
  engine: Engine,
  nids: readonly number[],
): AsyncGenerator<readonly EventRow[]> {
  for (let at = 0; at < nids.length; at += BATCH) {
    const part = nids.slice(at, at + BATCH);
    yield await engine.store.read(async (reader) => {
      const rows: EventRow[] = [];
      for (const event_nid of part) {
        const row = await reader.get(events, { event_nid });
        if (row === undefined) throw new Error(`no event ${event_nid}`);
        rows.push(row);
      }
      return rows;
    });
    await nextTurn();
  }
};
