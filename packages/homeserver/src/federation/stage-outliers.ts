/**
 * Stores the events of a state and its auth chain as they arrive, in batches that let other writers through.
 * An event is stored after its auth events, whatever order they come in; until then it is kept as text.
 */
import {
  type EventId,
  isJsonObject,
  type Pdu,
  parseJson,
  type RoomId,
  type RoomVersionRules,
  roomIdOf,
} from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import { forbidden } from '../matrix-error.ts';
import { insertRoom } from '../rooms/append-event.ts';
import { roomById } from '../rooms/current-state.ts';
import { receiveOutlier, type VerifiedPdu } from '../rooms/receive-pdu.ts';
import { type RoomRow, rooms } from '../store/schema.ts';

/** Outliers stored in one commit: about 10 ms of work. */
const BATCH = 40;

export type StagedState = {
  readonly room: RoomRow;
  /** From state key to event: the state as far as it could be stored. Rejected events don't count. */
  readonly entries: ReadonlyMap<number, number>;
};

/**
 * Characters of the events that are kept as text until others come. Some servers send a state before its auth chain: then
 * most of it waits, which for 100,000 members is about 40 million.
 */
const MAX_HELD = 64 * 1024 * 1024;

export const TOO_MUCH_HELD = `more than ${MAX_HELD} characters of it wait for events that it has not brought`;

/** `inState`: the event is part of the state itself, not only of its auth chain. */
export type StagedEvent = VerifiedPdu & { readonly inState: boolean };
type Waiting = { readonly eventId: EventId; readonly json: string; readonly inState: boolean };

export class OutlierStaging {
  readonly #engine: Engine;
  readonly #rules: RoomVersionRules;
  readonly #roomId: RoomId;
  #room: RoomRow | undefined;
  readonly #ready: (StagedEvent | Waiting)[] = [];
  /** By the auth event that they wait for. */
  readonly #waiting = new Map<EventId, Waiting[]>();
  readonly #beforeCreate: Waiting[] = [];
  #held = 0;
  readonly #entries = new Map<number, number>();

  /** `room`: where it is stored already, whether or not we are in it. */
  constructor(engine: Engine, rules: RoomVersionRules, roomId: RoomId, room?: RoomRow) {
    this.#engine = engine;
    this.#rules = rules;
    this.#roomId = roomId;
    this.#room = room;
  }

  /** Counts what somebody else keeps of the same answer. */
  hold(characters: number): void {
    this.#held += characters;
  }

  /** More is kept than an answer of an honest server makes necessary. */
  get heldTooMuch(): boolean {
    return this.#held > MAX_HELD;
  }

  async add(event: VerifiedPdu, inState: boolean): Promise<void> {
    const { pdu } = event;
    if (roomIdOf(this.#rules, pdu) !== this.#roomId) return;
    if (this.#room === undefined) {
      if (pdu.type !== 'm.room.create' || pdu.state_key !== '') {
        const waiting = asText({ ...event, inState });
        this.hold(waiting.json.length);
        this.#beforeCreate.push(waiting);
        return;
      }
      this.#room = await roomWithCreateEvent(this.#engine, this.#rules, this.#roomId, event);
      for (const waiting of this.#beforeCreate.splice(0)) {
        this.hold(-waiting.json.length);
        this.#ready.push(waiting);
      }
    }
    this.#ready.push({ ...event, inState });
    while (this.#ready.length >= BATCH) await this.#store(this.#room);
  }

  /** Undefined when the room's create event did not come. */
  async finish(): Promise<StagedState | undefined> {
    const room = this.#room;
    if (room === undefined) return undefined;
    while (this.#ready.length > 0) await this.#store(room);
    for (const event of [...this.#waiting.values()].flat()) {
      this.#engine.log.info('outlier left out: auth events are missing', { event_id: event.eventId });
    }
    return { room, entries: this.#entries };
  }

  /** At the end: those whose auth events did not come. */
  get leftOut(): readonly StagedEvent[] {
    return [...this.#waiting.values()].flat().map(fromText);
  }

  async #store(room: RoomRow): Promise<void> {
    const batch = this.#ready.splice(0, BATCH).map((event) => ('pdu' in event ? event : fromText(event)));
    const outcomes = await this.#engine.store.transact(async (tx) => {
      const found: Awaited<ReturnType<typeof receiveOutlier>>[] = [];
      for (const event of batch) found.push(await receiveOutlier(this.#engine, tx, room, event));
      return found;
    });
    for (const [index, event] of batch.entries()) {
      const outcome = outcomes[index];
      if (outcome?.kind === 'stored') {
        const { stateKeyNid, eventNid, verdict, roomNid } = outcome.event;
        if (event.inState && verdict !== 'rejected' && stateKeyNid !== null && roomNid === room.room_nid) {
          this.#entries.set(stateKeyNid, eventNid);
        }
        this.#release(event.eventId);
      } else if (outcome?.authEvents[0] !== undefined) {
        this.#wait(outcome.authEvents[0], asText(event));
      }
    }
  }

  #wait(missing: EventId, event: Waiting): void {
    this.hold(event.json.length);
    const others = this.#waiting.get(missing);
    if (others === undefined) this.#waiting.set(missing, [event]);
    else others.push(event);
  }

  #release(eventId: EventId): void {
    for (const waiting of this.#waiting.get(eventId) ?? []) {
      this.hold(-waiting.json.length);
      this.#ready.push(waiting);
    }
    this.#waiting.delete(eventId);
  }
}

/** About a third of the memory that the parsed event takes. */
const asText = ({ eventId, pdu, inState }: StagedEvent): Waiting => ({
  eventId,
  json: JSON.stringify(pdu),
  inState,
});

const fromText = ({ eventId, json, inState }: Waiting): StagedEvent => {
  const parsed = parseJson(json);
  if (!parsed.ok || !isJsonObject(parsed.value)) throw new Error(`event ${eventId} is unreadable`);
  return { eventId, pdu: parsed.value as Pdu, inState };
};

const roomWithCreateEvent = (
  engine: Engine,
  rules: RoomVersionRules,
  roomId: RoomId,
  create: VerifiedPdu,
): Promise<RoomRow> =>
  engine.store.transact(async (tx) => {
    const known = await roomById(tx, roomId);
    if (known !== undefined) return known;
    const room = await insertRoom(engine, tx, { roomId, version: rules.id, create: create.pdu });
    const stored = await receiveOutlier(engine, tx, room, create);
    if (stored.kind !== 'stored' || stored.event.verdict === 'rejected') {
      throw forbidden("The room's create event is not valid.");
    }
    const create_event_nid = stored.event.eventNid;
    await tx.update(rooms, { room_nid: room.room_nid }, { create_event_nid });
    return { ...room, create_event_nid };
  });
