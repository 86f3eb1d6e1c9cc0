/**
 * The events of a conflict in bounded memory. Of an event that is large, only what orders it and leads on from it stays; its
 * content is read again when a step of the resolution needs it, and a few of these are kept.
 */
import {
  ContentElsewhereError,
  type EventId,
  type JsonObject,
  type Pdu,
  type StateEvent,
} from '@causeway/protocol';
import { LRUCache } from 'lru-cache';
import type { Engine } from '../engine.ts';
import type { StoreReader } from '../store/store.ts';
import type { StoredEvent } from './event-cache.ts';

/** Characters of JSON up to which an event stays as it is: nearly all honest ones. */
const SMALL = 2_048;
/** Characters of JSON whose contents are at hand at once. A step of the resolution reads ten events or so, of 65,536 at most. */
const MAX_AT_HAND = 4 * 1024 * 1024;
/** The auth rules ask only whether there is one parent, and which. */
const MAX_PARENTS = 2;

/** A stored event as the algorithm sees it, made once. */
export type ConflictEvent = StateEvent & Pick<StoredEvent, 'eventNid' | 'stateKeyNid' | 'authNids'>;

export class ConflictEvents {
  readonly #engine: Engine;
  readonly #loaded = new Map<EventId, ConflictEvent>();
  readonly #atHand = new LRUCache<EventId, JsonObject>({ maxSize: MAX_AT_HAND });

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  get(eventId: EventId): ConflictEvent | undefined {
    return this.#loaded.get(eventId);
  }

  all(): readonly ConflictEvent[] {
    return [...this.#loaded.values()];
  }

  async load(reader: StoreReader, eventNid: number): Promise<ConflictEvent> {
    const stored = await this.#engine.events.byNid(reader, eventNid);
    const known = this.#loaded.get(stored.eventId);
    if (known !== undefined) return known;
    const { eventId, stateKeyNid, authNids, verdict } = stored;
    const event = {
      ...{ eventId, eventNid, stateKeyNid, authNids },
      pdu: this.#pduOf(stored),
      rejected: verdict === 'rejected',
    };
    this.#loaded.set(eventId, event);
    return event;
  }

  /** Puts the content of an event that is loaded at hand. */
  async bring(reader: StoreReader, eventId: EventId): Promise<void> {
    const loaded = this.#loaded.get(eventId);
    if (loaded === undefined) throw new Error(`event ${eventId} is not part of the conflict`);
    this.#keep(await this.#engine.events.byNid(reader, loaded.eventNid));
  }

  #keep({ eventId, pdu, jsonLength }: StoredEvent): void {
    this.#atHand.set(eventId, pdu.content, { size: jsonLength });
  }

  #pduOf({ eventId, pdu, jsonLength }: StoredEvent): Pdu {
    if (jsonLength <= SMALL) return pdu;
    const { type, sender, room_id, state_key, depth, origin_server_ts, auth_events, prev_events } = pdu;
    const contents = this.#atHand;
    return {
      ...{ type, sender, depth, origin_server_ts, auth_events, hashes: pdu.hashes, signatures: {} },
      ...(room_id === undefined ? {} : { room_id }),
      ...(state_key === undefined ? {} : { state_key }),
      ...(pdu.event_id === undefined ? {} : { event_id: pdu.event_id }),
      ...(pdu.redacts === undefined ? {} : { redacts: pdu.redacts }),
      prev_events: prev_events.slice(0, MAX_PARENTS),
      get content(): JsonObject {
        const content = contents.get(eventId);
        if (content === undefined) throw new ContentElsewhereError(eventId);
        return content;
      },
    };
  }
}
