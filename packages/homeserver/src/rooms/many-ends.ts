/**
 * Rooms with many forward extremities in which nobody of ours says anything. Whatever is said follows the newest ten,
 * so what keeps a room small elsewhere is somebody who talks; here an event without content is sent in the name of a
 * member of ours, one a minute. The specification has none; deployed servers do the same with this type, and hide it
 * from clients as we do.
 */
import { parseRoomId, parseUserId, type UserId } from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import { MatrixError } from '../matrix-error.ts';
import { forwardExtremities, memberships } from '../store/schema.ts';
import type { StoreReader } from '../store/store.ts';
import { roomById } from './current-state.ts';
import { DUMMY_EVENT } from './dummy-event.ts';
import { sendEvent } from './send-event.ts';

/** As many as one event of ours can follow. */
const MAX_ENDS = 10;
/** Somebody may say something by then, and others do what we do. */
const PAUSE_MS = 60_000;
/** Members who are tried: the room may not let everybody write. */
const MAX_CANDIDATES = 10;
/** Rooms beyond these wait for their next event. */
const MAX_ROOMS = 10_000;

export class ManyEnds implements AsyncDisposable {
  readonly #engineOf: () => Engine;
  readonly #timers = new Map<string, Disposable>();
  #work: Promise<void> = Promise.resolve();

  constructor(engine: () => Engine) {
    this.#engineOf = engine;
  }

  /** Looks at the room now, and ties its ends together a minute later if there are too many. */
  async look(roomId: string): Promise<void> {
    if (this.#timers.has(roomId) || this.#timers.size >= MAX_ROOMS) return;
    const engine = this.#engineOf();
    if (!(await engine.store.read((reader) => hasMany(reader, roomId)))) return;
    if (this.#timers.has(roomId) || engine.signal.aborted) return;
    this.#timers.set(
      roomId,
      engine.clock.schedule(PAUSE_MS, () => {
        this.#timers.delete(roomId);
        this.#work = this.#work.then(() => this.#tie(roomId));
      }),
    );
  }

  async #tie(roomId: string): Promise<void> {
    const engine = this.#engineOf();
    if (engine.signal.aborted) return;
    try {
      const isTied = await tieTogether(engine, roomId);
      if (isTied) await this.look(roomId);
    } catch (error) {
      if (!engine.signal.aborted) engine.log.error('ends not tied together', error, { room_id: roomId });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const timer of this.#timers.values()) timer[Symbol.dispose]();
    this.#timers.clear();
    await this.#work;
  }
}

const hasMany = async (reader: StoreReader, roomId: string): Promise<boolean> => {
  const room = await roomById(reader, roomId);
  if (room === undefined) return false;
  const where = { room_nid: room.room_nid };
  return (await reader.scan(forwardExtremities, { where, limit: MAX_ENDS + 1 })).length > MAX_ENDS;
};

/** Whether somebody of ours could. */
const tieTogether = async (engine: Engine, id: string): Promise<boolean> => {
  const roomId = parseRoomId(id);
  if (roomId === undefined) return false;
  const candidates = await engine.store.read(async (reader) =>
    (await hasMany(reader, id)) ? membersOfOurs(engine, reader, id) : [],
  );
  for (const sender of candidates) {
    try {
      await sendEvent(engine, { roomId, sender, type: DUMMY_EVENT, content: {} });
      return true;
    } catch (error) {
      if (!(error instanceof MatrixError)) throw error;
    }
  }
  return false;
};

const membersOfOurs = async (
  engine: Engine,
  reader: StoreReader,
  roomId: string,
): Promise<readonly UserId[]> => {
  const room = await roomById(reader, roomId);
  if (room === undefined) return [];
  const rows = await reader.scan(memberships, {
    index: 'by_membership',
    where: { room_nid: room.room_nid, membership: 'join', local: 1 },
    limit: MAX_CANDIDATES,
  });
  const found: UserId[] = [];
  for (const { user_nid } of rows) {
    const userId = parseUserId(await engine.names.userId(reader, user_nid));
    if (userId !== undefined) found.push(userId);
  }
  return found;
};
