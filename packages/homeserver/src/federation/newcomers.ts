/**
 * Servers that entered a room through us, and who entered. What a third server sends before it hears of that goes to
 * the servers that it knows of: to us, and not to the newcomer, who would miss it until somebody refers to it.
 *
 *     a ← join through us          the newcomer is sent this by us, as every server is
 *     a ← said by a third server   and this too, because we pass it on
 *
 * They are kept in memory for an hour: later, or after a restart, a newcomer misses such an event until the next event of
 * the room.
 */
import { LRUCache } from 'lru-cache';
import type { Engine } from '../engine.ts';
import type { Appended } from '../rooms/append-event.ts';
import { enqueueFor } from '../rooms/enqueue-for-servers.ts';
import type { StateRoot } from '../rooms/state-map.ts';
import type { StoreReader, StoreTx } from '../store/store.ts';
import { ServerView } from './serving/server-view.ts';

/** Rooms whose newcomers are remembered; where others came to longest ago is forgotten. */
const MAX_ROOMS = 5_000;
/** Of one room. Each costs two looks into the state for every event that comes. */
const MAX_PER_ROOM = 100;
/** By then every server that can be reached has heard of the newcomer from us. */
const NEW_FOR_MS = 3_600_000;

type Newcomer = { readonly stateKeyNid: number; readonly enteredTs: number };

export class Newcomers {
  readonly #rooms = new LRUCache<number, LRUCache<number, Newcomer>>({ max: MAX_ROOMS });

  /** `stateKeyNid` is that of the membership with which the server entered, at `enteredTs`. */
  add(roomNid: number, serverNid: number, newcomer: Newcomer): void {
    const servers = this.#rooms.get(roomNid) ?? new LRUCache<number, Newcomer>({ max: MAX_PER_ROOM });
    servers.set(serverNid, newcomer);
    this.#rooms.set(roomNid, servers);
  }

  remove(roomNid: number, serverNid: number): void {
    this.#rooms.get(roomNid)?.delete(serverNid);
  }

  /** Server and state key of the membership. */
  of(roomNid: number, now: number): readonly (readonly [serverNid: number, stateKeyNid: number])[] {
    const known = [...(this.#rooms.get(roomNid)?.entries() ?? [])];
    const isNew = ({ enteredTs }: Newcomer) => now - enteredTs < NEW_FOR_MS;
    for (const [serverNid, newcomer] of known) if (!isNew(newcomer)) this.remove(roomNid, serverNid);
    return known.flatMap(([serverNid, one]) => (isNew(one) ? [[serverNid, one.stateKeyNid] as const] : []));
  }
}

/** Passes an event of another server on to newcomers of whom its sender did not know. */
export const passOnToNewcomers = async (
  engine: Engine,
  tx: StoreTx,
  appended: Appended,
): Promise<Appended> => {
  const { event, room } = appended;
  const unaware: number[] = [];
  for (const [serverNid, stateKeyNid] of engine.newcomers.of(event.roomNid, engine.clock.now())) {
    const isIn = (root: StateRoot) => hasJoined(engine, tx, event.roomNid, root, stateKeyNid);
    if (!(await isIn(room.state_root))) engine.newcomers.remove(event.roomNid, serverNid);
    else if (event.stateBefore !== null && !(await isIn(event.stateBefore))) {
      const name = await engine.names.serverName(tx, serverNid);
      // As when it asked for the event: where only members may see it, it came before the newcomer did.
      if (await new ServerView(engine, tx, room, name).maySee(event)) unaware.push(serverNid);
    }
  }
  if (unaware.length === 0 || event.stream === null) return appended;
  return { ...appended, destinations: await enqueueFor(engine, tx, event, unaware) };
};

const hasJoined = async (
  engine: Engine,
  reader: StoreReader,
  roomNid: number,
  root: StateRoot,
  stateKeyNid: number,
): Promise<boolean> => {
  const eventNid = await engine.states.get(reader, roomNid, root, stateKeyNid);
  if (eventNid === undefined) return false;
  return (await engine.events.byNid(reader, eventNid)).pdu.content['membership'] === 'join';
};
