/**
 * A process with two servers, one of which forks a room into two branches of large state events, and the other of which has
 * to resolve them; it tells its parent what the other came to, and how large it all was.
 */
import {
  createRoom,
  forwardExtremities,
  joinRoom,
  resolveStates,
  roomById,
  rulesOf,
  stagedPdus,
  stateEvent,
  statesAfter,
} from '@causeway/homeserver';
import { type EventId, hashAndSignEvent, type JsonObject, type UnsignedPdu } from '@causeway/protocol';
import type { MadeEvent } from './made-event.ts';
import { eventually, TestNetwork } from './network.ts';
import { membership, say } from './north-and-south.ts';
import { signedTransaction } from './signed-transaction.ts';

export type FromConflict = {
  /** Events at the keys that are in conflict, and their characters. */
  readonly events: number;
  readonly characters: number;
  readonly ends: number;
  /** Whether the current state is what resolving all ends in one go gives. */
  readonly isRight: boolean;
  /** Whether something could be said in the room afterwards. */
  readonly heard: boolean;
};

/** Of the one branch and of the other: with each event of the other, all of the one is in conflict. */
const STATE_EVENTS = [800, 1] as const;
const LEVELS = 2;
const PDUS_PER_TRANSACTION = 20;
const LARGE = 58_000;
const PATIENCE_MS = 100_000;

const network = new TestNetwork();
const north = await network.add('north.test');
const south = await network.add('south.test');
const [ada, sol] = [north.user('ada'), south.user('sol')];
const roomId = await createRoom(south.engine, sol, { preset: 'public_chat' });
await joinRoom(north.engine, { userId: ada, roomIdOrAlias: roomId, via: ['south.test'] });
await eventually('the join', async () => (await membership(south.engine, roomId, ada)) === 'join');

const { engine } = south;
const { rules, start, tip } = await engine.store.read(async (reader) => {
  const room = await roomById(reader, roomId);
  if (room === undefined) throw new Error('no room');
  const [end] = await reader.scan(forwardExtremities, { where: { room_nid: room.room_nid } });
  const levels = await stateEvent(engine, reader, room, 'm.room.power_levels', '');
  const member = await stateEvent(engine, reader, room, 'm.room.member', sol);
  if (end === undefined || levels === undefined || member === undefined) throw new Error('no usual room');
  const tip = (await engine.events.byNid(reader, end.event_nid)).eventId;
  return { rules: rulesOf(room), start: { levels, member: member.eventId }, tip };
});

let characters = 0;
const transactions: JsonObject[] = [];

/** Power levels that name very many people, and then state of no known kind, all after each other. */
function* branch(name: string, stateEvents: number): Generator<MadeEvent> {
  let follows: EventId = tip;
  let levels: EventId = start.levels.eventId;
  const make = (type: string, state_key: string, content: JsonObject): MadeEvent => {
    const draft: UnsignedPdu = {
      ...{ type, state_key, content, sender: sol, room_id: roomId, depth: 100, origin_server_ts: Date.now() },
      prev_events: [follows],
      auth_events: [start.member, levels],
    };
    const made = hashAndSignEvent(rules, draft, engine.serverName, engine.signingKey);
    follows = made.eventId;
    characters += JSON.stringify(made.pdu).length;
    return made;
  };
  const before = start.levels.pdu.content;
  for (let index = 0; index < LEVELS; index++) {
    const users = Object.fromEntries(
      Array.from({ length: 1_500 }, (_, person) => [`@${name}-${index}-${person}:somewhere.test`, 1]),
    );
    const made = make('m.room.power_levels', '', { ...before, users });
    levels = made.eventId;
    yield made;
  }
  for (let index = 0; index < stateEvents; index++) {
    yield make('org.example.large', String(index), { filling: `${name}${index}`.padEnd(LARGE, name) });
  }
}

const send = async (): Promise<void> => {
  const pdus = transactions.splice(0);
  const { status } = await signedTransaction(south, north, { pdus });
  if (status !== 200) throw new Error(`north answered ${status}`);
  await eventually(
    'nothing staged',
    () => north.engine.store.read(async (reader) => (await reader.count(stagedPdus, {})) === 0),
    PATIENCE_MS,
  );
};

for (const [index, stateEvents] of STATE_EVENTS.entries()) {
  for (const { pdu } of branch(`b${index}`, stateEvents))
    if (transactions.push(pdu) >= PDUS_PER_TRANSACTION) await send();
}
if (transactions.length > 0) await send();

const { ends, isRight } = await north.engine.store.transact(async (tx) => {
  const room = await roomById(tx, roomId);
  if (room === undefined) throw new Error('no room');
  const rows = await tx.scan(forwardExtremities, { where: { room_nid: room.room_nid } });
  const found = await north.engine.events.many(
    tx,
    rows.map((row) => row.event_nid),
  );
  const atOnce = await resolveStates(north.engine, tx, room, await statesAfter(north.engine, tx, found));
  return { ends: rows.length, isRight: Buffer.compare(atOnce, room.state_root) === 0 };
});
// The branches are known to north only; whoever would be told of them would ask for all of them first.
network.cut('south.test', true);
const said = await say(north, ada, roomId, 'after all');
const last = await north.engine.store.read((reader) => north.engine.events.byId(reader, said));
const heard = last?.verdict === 'accepted';
const told: FromConflict = {
  events: 2 * LEVELS + STATE_EVENTS[0] + STATE_EVENTS[1],
  characters,
  ends,
  isRight,
  heard,
};
await network[Symbol.asyncDispose]();
process.send?.(told);
process.disconnect();
