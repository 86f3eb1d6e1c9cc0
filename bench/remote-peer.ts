/**
 * Another server, as far as the measured one sees it: it has a signing key, answers with it, takes every
 * transaction with 200, and makes signed events of its users.
 */
import type { FederationTransport, TransportRequest, TransportResponse } from '@causeway/homeserver';
import {
  type EventId,
  getRoomVersion,
  hashAndSignEvent,
  type JsonObject,
  parseServerName,
  parseUserId,
  type Pdu,
  type RoomId,
  type RoomVersionRules,
  type ServerName,
  type SigningKey,
  signingKeyFromSeed,
  signJson,
  type UserId,
} from '@causeway/protocol';

const KEY_LIFETIME_MS = 24 * 3600 * 1000;

export class RemotePeer {
  readonly name: ServerName;
  readonly key: SigningKey;

  constructor(name: string) {
    const parsed = parseServerName(name);
    if (parsed === undefined) throw new Error(`${name} is no server name`);
    this.name = parsed;
    this.key = signingKeyFromSeed(Buffer.alloc(32, name), 'bench');
  }

  user(localpart: string): UserId {
    const userId = parseUserId(`@${localpart}:${this.name}`);
    if (userId === undefined) throw new Error(`bad localpart ${localpart}`);
    return userId;
  }

  /** How the measured server reaches this one: without sockets, at once. */
  readonly transport: FederationTransport = {
    request: async (request) => this.#answer(request),
    stream: async () => ({ kind: 'failed', code: 'unreachable', reason: 'there is nothing to stream' }),
    streamUrl: async () => ({ kind: 'failed', code: 'unreachable', reason: 'there is nothing to stream' }),
    [Symbol.asyncDispose]: async () => {},
  };

  #answer(request: TransportRequest): TransportResponse<Uint8Array> {
    const body = request.path.startsWith('/_matrix/key/') ? this.#keys() : { pdus: {} };
    return { kind: 'response', status: 200, headers: {}, body: Buffer.from(JSON.stringify(body)) };
  }

  #keys(): JsonObject {
    const answer = {
      server_name: this.name,
      verify_keys: { [this.key.keyId]: { key: this.key.publicKey } },
      old_verify_keys: {},
      valid_until_ts: Date.now() + KEY_LIFETIME_MS,
    };
    return signJson(answer, this.name, this.key);
  }
}

export type MadeEvent = { readonly eventId: EventId; readonly pdu: Pdu };
export type Parent = { readonly eventId: EventId; readonly depth: number };

export type RoomStart = {
  readonly roomId: RoomId;
  readonly roomVersion: string;
  readonly tip: Parent;
  /** Auth events of everybody's events; the create event not among them where the version has it implied. */
  readonly powerLevels: EventId;
  readonly joinRules: EventId;
  readonly create: EventId;
  /** The user of the measured server who made the room, and whose events are made here too. */
  readonly creator: UserId;
  readonly creatorMembership: EventId;
};

/** Events of a peer's users in a room of the measured server, each the child of the one before. */
export class PeerRoom {
  readonly roomId: RoomId;
  readonly members: UserId[] = [];
  readonly #peer: RemotePeer;
  readonly #start: RoomStart;
  readonly #rules: RoomVersionRules;
  #memberEvents = new Map<UserId, EventId>();
  tip: Parent;

  constructor(peer: RemotePeer, start: RoomStart) {
    const rules = getRoomVersion(start.roomVersion);
    if (rules === undefined) throw new Error(`room version ${start.roomVersion}`);
    this.#rules = rules;
    this.#peer = peer;
    this.#start = start;
    this.roomId = start.roomId;
    this.tip = start.tip;
    this.#memberEvents.set(start.creator, start.creatorMembership);
  }

  join(localpart: string): MadeEvent {
    const sender = this.#peer.user(localpart);
    this.members.push(sender);
    return this.member(sender, { membership: 'join', displayname: localpart });
  }

  /** The user's own member event: a join, or a change of the display name. */
  member(sender: UserId, content: JsonObject): MadeEvent {
    const before = this.#memberEvents.get(sender);
    const { powerLevels, joinRules } = this.#start;
    const event = this.#make(
      { type: 'm.room.member', sender, state_key: sender, content },
      before === undefined ? [powerLevels, joinRules] : [powerLevels, joinRules, before],
    );
    this.#memberEvents.set(sender, event.eventId);
    return event;
  }

  message(sender: UserId, body: string): MadeEvent {
    const membership = this.#memberEvents.get(sender);
    if (membership === undefined) throw new Error(`${sender} is not in the room`);
    return this.#make({ type: 'm.room.message', sender, content: { msgtype: 'm.text', body } }, [
      this.#start.powerLevels,
      membership,
    ]);
  }

  /** A state event of the creator. */
  state(type: string, content: JsonObject): MadeEvent {
    const { creator, creatorMembership, powerLevels } = this.#start;
    return this.#make({ type, sender: creator, state_key: '', content }, [powerLevels, creatorMembership]);
  }

  /** The creator kicks a member. */
  kick(target: UserId): MadeEvent {
    const { creator, creatorMembership, powerLevels } = this.#start;
    const membership = this.#memberEvents.get(target);
    if (membership === undefined) throw new Error(`${target} is not in the room`);
    return this.#make(
      { type: 'm.room.member', sender: creator, state_key: target, content: { membership: 'leave' } },
      [powerLevels, creatorMembership, membership],
    );
  }

  /** What is made in here starts from the same event and the same memberships as what is made after. */
  branch<R>(make: () => R): R {
    const tip = this.tip;
    const memberEvents = new Map(this.#memberEvents);
    try {
      return make();
    } finally {
      this.tip = tip;
      this.#memberEvents = memberEvents;
    }
  }

  #make(
    event: Pick<Pdu, 'type' | 'sender' | 'content'> & { readonly state_key?: string },
    authEvents: readonly EventId[],
  ): MadeEvent {
    const { create } = this.#start;
    const depth = this.tip.depth + 1;
    const made = hashAndSignEvent(
      this.#rules,
      {
        ...event,
        room_id: this.roomId,
        depth,
        origin_server_ts: Date.now(),
        prev_events: [this.tip.eventId],
        auth_events: this.#rules.roomIdIsCreateHash ? authEvents : [create, ...authEvents],
      },
      this.#peer.name,
      this.#peer.key,
    );
    this.tip = { eventId: made.eventId, depth };
    return made;
  }
}
