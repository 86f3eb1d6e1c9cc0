/** Stored events, parsed, by number and by ID. */
import { type EventId, isJsonObject, type Pdu, parseJson } from '@causeway/protocol';
import { type TransactionalCache, TxCache } from '../store/caching-store.ts';
import { type EventRow, events } from '../store/schema.ts';
import type { StoreReader, StoreTx } from '../store/store.ts';

/** `purged`: it was accepted; its place in the graph is kept, what it said is gone. */
export type EventVerdict = 'accepted' | 'soft-failed' | 'rejected' | 'purged';

export type StoredEvent = {
  readonly eventNid: number;
  readonly eventId: EventId;
  readonly roomNid: number;
  readonly senderNid: number;
  readonly stateKeyNid: number | null;
  /** As it is served: redacted if a redaction was applied. */
  readonly pdu: Pdu;
  /** Characters of its JSON, for those who keep many. */
  readonly jsonLength: number;
  readonly verdict: EventVerdict;
  readonly reason: string | null;
  readonly outlier: boolean;
  readonly stateBefore: Uint8Array | null;
  readonly authNids: readonly number[];
  /** Place on the room's timeline. */
  readonly position: number | null;
  /** When it arrived, for a live event. */
  readonly stream: number | null;
  readonly redactedBy: EventId | null;
};

/** Parsed, they take a small multiple of this: 20,000 ordinary events, or 250 of the largest. */
const MAX_JSON_LENGTH = 16 * 1024 * 1024;

export class EventCache {
  readonly #byNid = new TxCache<number, StoredEvent>(20_000, {
    max: MAX_JSON_LENGTH,
    sizeOf: ({ jsonLength }) => jsonLength,
  });
  readonly #nids = new TxCache<string, number>(40_000);

  get caches(): readonly TransactionalCache[] {
    return [this.#byNid, this.#nids];
  }

  async byNid(reader: StoreReader, eventNid: number): Promise<StoredEvent> {
    const known = this.#byNid.get(reader, eventNid);
    if (known !== undefined) return known;
    const row = await reader.get(events, { event_nid: eventNid });
    if (row === undefined) throw new Error(`no event ${eventNid}`);
    return this.#noteRead(reader, row);
  }

  async byId(reader: StoreReader, eventId: string): Promise<StoredEvent | undefined> {
    const nid = this.#nids.get(reader, eventId);
    if (nid !== undefined) return this.byNid(reader, nid);
    const row = await reader.first(events, { index: 'by_id', where: { event_id: eventId } });
    return row && this.#noteRead(reader, row);
  }

  async many(reader: StoreReader, eventNids: Iterable<number>): Promise<readonly StoredEvent[]> {
    const found: StoredEvent[] = [];
    for (const nid of eventNids) found.push(await this.byNid(reader, nid));
    return found;
  }

  /** `pdu`, when given, is what the strict reader makes of `row.json`. */
  async insert(tx: StoreTx, row: EventRow, pdu?: Pdu): Promise<StoredEvent> {
    await tx.insert(events, row);
    return this.#remember(tx, row, pdu);
  }

  async update(tx: StoreTx, eventNid: number, change: Partial<EventRow>): Promise<StoredEvent> {
    await tx.update(events, { event_nid: eventNid }, change);
    const row = await tx.get(events, { event_nid: eventNid });
    if (row === undefined) throw new Error(`no event ${eventNid}`);
    return this.#remember(tx, row);
  }

  /** Forgets an event whose deletion is durable. */
  evict(event: Pick<StoredEvent, 'eventNid' | 'eventId'>): void {
    this.#byNid.evict(event.eventNid);
    this.#nids.evict(event.eventId);
  }

  #noteRead(reader: StoreReader, row: EventRow): StoredEvent {
    const event = storedEvent(row, readPdu(row));
    this.#byNid.note(reader, event.eventNid, event);
    this.#nids.note(reader, event.eventId, event.eventNid);
    return event;
  }

  #remember(tx: StoreTx, row: EventRow, pdu = readPdu(row)): StoredEvent {
    const event = storedEvent(row, pdu);
    this.#byNid.set(tx, event.eventNid, event);
    this.#nids.set(tx, event.eventId, event.eventNid);
    return event;
  }
}

/** The event of a row, for who passes it on and has no use for the rest. */
export const readPdu = (row: EventRow): Pdu => {
  const parsed = parseJson(row.json);
  if (!parsed.ok || !isJsonObject(parsed.value)) throw new Error(`event ${row.event_nid} is unreadable`);
  return parsed.value as Pdu;
};

const storedEvent = (row: EventRow, pdu: Pdu): StoredEvent => ({
  eventNid: row.event_nid,
  eventId: row.event_id as EventId,
  roomNid: row.room_nid,
  senderNid: row.sender_nid,
  stateKeyNid: row.state_key_nid,
  pdu,
  jsonLength: row.json.length,
  verdict: row.verdict as EventVerdict,
  reason: row.reason,
  outlier: row.outlier === 1,
  stateBefore: row.state_before,
  authNids: decodeNids(row.auth_nids),
  position: row.position,
  stream: row.stream,
  redactedBy: row.redacted_by as EventId | null,
});

export const encodeNids = (nids: readonly number[]): Uint8Array => {
  const bytes = Buffer.alloc(nids.length * 4);
  nids.forEach((nid, index) => {
    bytes.writeUInt32LE(nid, index * 4);
  });
  return bytes;
};

export const decodeNids = (bytes: Uint8Array): readonly number[] => {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const nids: number[] = [];
  for (let offset = 0; offset < view.length; offset += 4) nids.push(view.readUInt32LE(offset));
  return nids;
};
