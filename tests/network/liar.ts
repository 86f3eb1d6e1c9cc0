/**
 * A server that lies: it has a key of its own and a real engine, but what it says of a room is not what happened. It
 * forks history, dates events back, leaves out what it does not like, tells each server something else, speaks in the
 * name of others, and gives false states. Which of these it does is decided at its beginning.
 */
import { events, resolveStates, roomById, rulesOf, stateEvent, statesAfter } from '@causeway/homeserver';
import type { Engine, StoreReader, TransportRequest } from '@causeway/homeserver';
import {
  authTypesFor,
  depthOf,
  type EventId,
  hashAndSignEvent,
  isJsonArray,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  lenientCanonicalJson,
  parseEventId,
  type Pdu,
  parseJson,
  parseServerName,
  referenceTo,
  type RoomId,
  type ServerName,
  signRequest,
  type UnsignedPdu,
  type UserId,
} from '@causeway/protocol';
import type { Random } from '../../packages/testing/src/random.ts';
import type { Host, Lies, Reply } from './host.ts';
import type { Stored } from './room-reading.ts';
import type { Wire } from './wire.ts';

const habits = ['forks', 'omits', 'equivocates', 'impersonates', 'swallows', 'gives-false-states'] as const;
type Habit = (typeof habits)[number];

export type Forged = { readonly eventId: EventId; readonly pdu: Pdu };

export type ForgedTemplate = {
  readonly type: string;
  readonly sender: UserId;
  readonly content: JsonObject;
  readonly stateKey?: string;
};

const TIMEOUT_MS = 20_000;

export class Liar {
  readonly host: Host;
  readonly #wire: Wire;
  readonly #random: Random;
  readonly habits: ReadonlySet<Habit>;
  /** What nobody can have from its engine. */
  readonly #forged = new Map<string, Pdu>();
  told = 0;
  #transactions = 0;

  constructor(host: Host, wire: Wire, random: Random) {
    this.host = host;
    this.#wire = wire;
    this.#random = random;
    const some = habits.filter(() => random.below(2) === 0);
    this.habits = new Set(some.length === 0 ? ['forks', 'omits'] : some);
    const lies: Lies = {
      answer: (request, to, truth) => this.#answer(request, to, truth),
      send: (request) => this.#send(request),
    };
    host.lies = lies;
  }

  /** From now on it answers as it should, and sends what its engine sends. */
  repent(): void {
    this.host.lies = undefined;
  }

  /** Makes events that did not happen so and sends them to some servers, or another to each. */
  async act(roomId: RoomId, peers: readonly ServerName[], victims: readonly UserId[]): Promise<void> {
    if (this.habits.has('impersonates') && this.#random.below(3) === 0) {
      const content = { msgtype: 'm.text', body: 'never said' };
      const sender = this.#random.pick(victims);
      const forged = await this.forge(roomId, { type: 'm.room.message', sender, content }, {});
      if (forged !== undefined) for (const peer of peers) this.sendPdus(peer, [forged.pdu]);
    }
    if (!this.habits.has('forks') && !this.habits.has('equivocates')) return;
    const template = this.#template(victims);
    const first = await this.forge(roomId, template, {});
    if (first === undefined) return;
    this.told++;
    const isTwofold = this.habits.has('equivocates') && this.#random.below(2) === 0;
    const content = { ...template.content, told: this.#random.below(1e6) };
    const second = isTwofold ? await this.forge(roomId, { ...template, content }, {}) : undefined;
    for (const peer of peers) {
      if (this.#random.below(3) === 0) continue;
      const event = second !== undefined && this.#random.below(2) === 0 ? second : first;
      this.sendPdus(peer, [event.pdu]);
    }
    // Sometimes it believes itself, and builds on it.
    if (this.#random.below(2) === 0) this.sendPdus(this.host.name, [first.pdu]);
  }

  sendPdus(to: ServerName, pdus: readonly JsonValue[]): void {
    const { engine } = this.host;
    const body = { origin: engine.serverName, origin_server_ts: engine.clock.now(), pdus: [...pdus] };
    const path = `/_matrix/federation/v1/send/lie-${++this.#transactions}`;
    void this.#wire.sendLie(this.host.name, this.#signed({ destination: to, method: 'PUT', path }, body));
  }

  /** Signs an event that follows any events of the past; undefined when the room is not known. */
  forge(
    roomId: RoomId,
    { type, sender, content, stateKey }: ForgedTemplate,
    { after }: { readonly after?: readonly Stored[] },
  ): Promise<Forged | undefined> {
    const { engine } = this.host;
    const random = this.#random;
    return engine.store.transact(async (tx) => {
      const room = await roomById(tx, roomId);
      if (room === undefined) return undefined;
      const rules = rulesOf(room);
      const parents = after ?? this.#somePast(await pastOf(engine, tx, room.room_nid));
      if (parents.length === 0) return undefined;
      const state = await resolveStates(engine, tx, room, await statesAfter(engine, tx, parents));
      const subject = { type, sender, content, ...(stateKey === undefined ? {} : { state_key: stateKey }) };
      const auth: Stored[] = [];
      for (const [authType, authKey] of authTypesFor(rules, subject)) {
        const event = await stateEvent(engine, tx, room, authType, authKey, state);
        // Sometimes one that would refuse it is forgotten.
        if (event !== undefined && (after !== undefined || random.below(12) > 0)) auth.push(event);
      }
      const depth = Math.max(0, ...parents.map(({ pdu }) => Number(depthOf(pdu)))) + 1;
      const draft: UnsignedPdu = {
        ...subject,
        room_id: roomId,
        depth: after === undefined ? random.pick([depth, depth, 1, 1_000_000]) : depth,
        origin_server_ts: engine.clock.now() - random.pick([0, 0, 3_600_000, 30 * 86_400_000, -86_400_000]),
        prev_events: parents.map((event) => referenceTo(rules, event)),
        auth_events: auth.map((event) => referenceTo(rules, event)),
        ...(rules.eventIdFormat === 'sender-chosen' ? this.#newId() : {}),
      };
      const forged = hashAndSignEvent(rules, draft, engine.serverName, engine.signingKey);
      this.#forged.set(forged.eventId, forged.pdu);
      return forged;
    });
  }

  #newId(): { readonly event_id?: EventId } {
    const event_id = parseEventId(`$lie-${this.#random.next()}:${this.host.name}`);
    return event_id === undefined ? {} : { event_id };
  }

  #somePast(past: readonly Stored[]): readonly Stored[] {
    if (past.length === 0) return [];
    const count = 1 + this.#random.below(3);
    const recent = past.slice(-3);
    const from = this.habits.has('forks') ? past : recent;
    return [...new Set(Array.from({ length: count }, () => this.#random.pick(from)))];
  }

  #template(victims: readonly UserId[]): ForgedTemplate {
    const random = this.#random;
    const sender = random.pick(this.host.users);
    const other = random.pick(victims);
    const member = (stateKey: string, membership: string): ForgedTemplate => ({
      type: 'm.room.member',
      sender,
      stateKey,
      content: { membership, reason: 'a lie' },
    });
    return random.pick<() => ForgedTemplate>([
      () => ({ type: 'm.room.message', sender, content: { msgtype: 'm.text', body: 'a lie' } }),
      () => member(sender, 'join'),
      () => member(sender, 'join'),
      () => member(sender, 'leave'),
      () => member(other, 'ban'),
      () => member(other, 'leave'),
      () => member(other, 'invite'),
      () => ({ type: 'm.room.topic', sender, stateKey: '', content: { topic: 'a lie' } }),
      () => ({
        type: 'm.room.power_levels',
        sender,
        stateKey: '',
        content: { users: { [sender]: 100, [other]: 0 }, state_default: 0 },
      }),
      () => ({ type: 'm.room.join_rules', sender, stateKey: '', content: { join_rule: 'invite' } }),
    ])();
  }

  async #answer(request: TransportRequest, to: ServerName, truth: () => Promise<Reply>): Promise<Reply> {
    const { path } = request;
    if (path.includes('/send/') && this.habits.has('swallows') && this.#random.below(4) === 0)
      return { status: 200, body: Buffer.from('{"pdus":{}}') };
    const told = await truth();
    const forged = path.includes('/event/') ? this.#forgedIn(path) : undefined;
    if (forged !== undefined && told.status !== 200 && this.#favours(to))
      return { status: 200, body: Buffer.from(JSON.stringify({ pdus: [forged] })) };
    if (told.status !== 200) return told;
    const parsed = parseJson(told.body);
    const answer = parsed.ok && isJsonObject(parsed.value) ? parsed.value : undefined;
    return answer === undefined ? told : this.#twist(path, answer, told);
  }

  #forgedIn(path: string): Pdu | undefined {
    return this.#forged.get(decodeURIComponent(path.split('/').at(-1) ?? ''));
  }

  /** It tells some servers more than others. */
  #favours(server: ServerName): boolean {
    return !this.habits.has('equivocates') || server.length % 2 === 0 || this.#random.below(2) === 0;
  }

  #twist(path: string, answer: JsonObject, told: Reply): Reply {
    const lists: readonly (readonly [RegExp, string, Habit])[] = [
      [/\/get_missing_events\//, 'events', 'omits'],
      [/\/backfill\//, 'pdus', 'omits'],
      [/\/event_auth\//, 'auth_chain', 'omits'],
      [/\/event\//, 'pdus', 'omits'],
      [/\/state_ids\//, 'pdu_ids', 'gives-false-states'],
      [/\/state\//, 'pdus', 'gives-false-states'],
      [/\/send_join\//, 'state', 'gives-false-states'],
    ];
    for (const [pattern, key, habit] of lists) {
      const list = answer[key];
      if (!pattern.test(path) || !isJsonArray(list)) continue;
      const isState = habit === 'gives-false-states';
      if (!isState && this.habits.has('impersonates') && this.#random.below(2) === 0) {
        this.told++;
        return { status: 200, body: textOf({ ...answer, [key]: [...list, ...this.#inNameOfOthers(list)] }) };
      }
      if (!this.habits.has(habit) || this.#random.below(3) > 0) return told;
      const left = list.filter(() => this.#random.below(isState ? 6 : 3) > 0);
      if (left.length === list.length) return told;
      this.told++;
      return { status: 200, body: textOf({ ...answer, [key]: left }), isFalseState: isState };
    }
    return told;
  }

  /** Events of others with a content that they never wrote, and with hashes that fit; only the signature does not. */
  #inNameOfOthers(list: readonly JsonValue[]): readonly JsonValue[] {
    return list.flatMap((value): JsonValue[] => {
      if (!isJsonObject(value) || value['type'] !== 'm.room.message' || typeof value['sender'] !== 'string')
        return [];
      if (value['sender'].endsWith(`:${this.host.name}`)) return [];
      const { event_id, ...rest } = value;
      const content = { msgtype: 'm.text', body: `never said ${this.#random.below(1e6)}` };
      const named = event_id === undefined ? {} : this.#newId();
      return [{ ...rest, ...named, content, hashes: this.#hashesOf({ ...rest, ...named, content }) }];
    });
  }

  #hashesOf(event: JsonObject): JsonObject {
    const { engine } = this.host;
    const rules = rulesOf({ room_version: event['event_id'] === undefined ? '11' : '1' });
    const { hashes: _hashes, signatures: _signatures, ...unsigned } = event;
    return hashAndSignEvent(rules, unsigned as UnsignedPdu, engine.serverName, engine.signingKey).pdu.hashes;
  }

  /** What its engine sends to one server may lack something, or say something else. */
  #send(request: TransportRequest): TransportRequest {
    if (!request.path.includes('/send/') || request.body === undefined) return request;
    if (!this.habits.has('equivocates') || this.#random.below(4) > 0) return request;
    const parsed = parseJson(request.body);
    const body = parsed.ok && isJsonObject(parsed.value) ? parsed.value : undefined;
    const pdus = body?.['pdus'];
    if (body === undefined || !isJsonArray(pdus) || pdus.length === 0) return request;
    this.told++;
    const changed = pdus.flatMap((pdu): JsonValue[] => {
      if (this.#random.below(2) === 0) return [];
      // The hash does not fit any more: whoever receives it keeps what a redaction leaves.
      // Of a server ACL nothing is left then, and it denies everybody: whoever got it so hears nobody any more.
      if (!isJsonObject(pdu) || pdu['type'] === 'm.room.server_acl') return [pdu];
      return [{ ...pdu, content: { ...content(pdu), told: 'otherwise' } }];
    });
    const to = parseServerName(request.destination);
    return to === undefined
      ? request
      : this.#signed({ ...request, destination: to }, { ...body, pdus: changed });
  }

  #signed(
    {
      destination,
      method,
      path,
    }: Pick<TransportRequest, 'method' | 'path'> & { readonly destination: ServerName },
    body: JsonObject,
  ): TransportRequest {
    const { engine } = this.host;
    const canonicalContent = lenientCanonicalJson(body);
    const authorization = signRequest(
      { method, uri: path, origin: engine.serverName, destination, canonicalContent },
      engine.signingKey,
    );
    const headers = { authorization };
    return {
      destination,
      method,
      path,
      headers,
      body: canonicalContent,
      timeoutMs: TIMEOUT_MS,
      maxBytes: 1e7,
    };
  }
}

/** The events of a room with a place in the graph, oldest first. */
export const pastOf = async (
  engine: Engine,
  reader: StoreReader,
  roomNid: number,
): Promise<readonly Stored[]> => {
  const past: Stored[] = [];
  for (const { event_nid } of await reader.scan(events, {})) {
    const event = await engine.events.byNid(reader, event_nid);
    if (event.roomNid === roomNid && event.stateBefore !== null && event.verdict !== 'rejected')
      past.push(event);
  }
  return past;
};

const content = ({ content: value }: JsonObject): JsonObject =>
  value !== undefined && isJsonObject(value) ? value : {};

const textOf = (answer: JsonObject): Uint8Array => Buffer.from(JSON.stringify(answer));
