/** Which events of a room another server may see, by the history visibility at each of them. */
import {
  canServerSeeEvent,
  type JsonValue,
  type Membership,
  type Pdu,
  parseHistoryVisibility,
  redact,
  type ServerName,
  serverNameOf,
  type UserId,
} from '@causeway/protocol';
import type { Engine } from '../../engine.ts';
import { erasedAt, namelessPdu } from '../../reading/erased.ts';
import { stateKnownAt } from '../../reading/state-known-at.ts';
import { rulesOf, stateEvent } from '../../rooms/current-state.ts';
import type { StoredEvent } from '../../rooms/event-cache.ts';
import { isServerInRoom } from '../../rooms/servers-in-room.ts';
import type { StateRoot } from '../../rooms/state-map.ts';
import { memberships, type RoomRow } from '../../store/schema.ts';
import type { StoreReader } from '../../store/store.ts';
import { isBelieved, leftOutOf } from '../left-out-members.ts';

/** People in the room first: most questions end with the first of them. */
const MEMBERSHIPS = ['join', 'leave', 'ban', 'invite', 'knock'] as const;

/**
 * What one server may see of one room, for as long as `reader` reads. Who its people are is found out once, and what they
 * were in a state once for all events in a row that share it.
 */
export class ServerView {
  readonly #engine: Engine;
  readonly #reader: StoreReader;
  readonly #room: RoomRow;
  readonly #origin: ServerName;
  #people: Promise<readonly UserId[]> | undefined;
  #last: { readonly root: StateRoot; readonly memberships: readonly Membership[] } | undefined;

  constructor(engine: Engine, reader: StoreReader, room: RoomRow, origin: ServerName) {
    this.#engine = engine;
    this.#reader = reader;
    this.#room = room;
    this.#origin = origin;
  }

  /** Whether it may see an event. */
  async maySee(event: StoredEvent): Promise<boolean> {
    const { stateBefore } = event;
    const joinedLater = await this.#isInRoom();
    if (stateBefore === null) return joinedLater;
    const setting = await stateEvent(
      this.#engine,
      this.#reader,
      this.#room,
      'm.room.history_visibility',
      '',
      stateBefore,
    );
    const visibility = parseHistoryVisibility(setting?.pdu.content['history_visibility']);
    const isDecided = visibility === 'world_readable' || (visibility === 'shared' && joinedLater);
    const known = isDecided ? [] : await this.#membershipsAt(stateBefore);
    const isTaken = !isDecided && known.length === 0 && (await this.#wasBelieved(event));
    return canServerSeeEvent({ visibility, memberships: isTaken ? ['join'] : known, joinedLater });
  }

  /**
   * Whether the sender was erased before it could see the event. Servers that were in the room with it, or when the sender
   * was erased, get it as it is.
   */
  async isErased(event: StoredEvent): Promise<boolean> {
    const stream = erasedAt(this.#engine, event);
    if (stream === undefined) return false;
    const roots = [event.stateBefore, await stateKnownAt(this.#reader, this.#room.room_nid, stream)];
    for (const root of roots) {
      if (root === null || root === undefined) continue;
      if ((await this.#membershipsAt(root)).includes('join')) return false;
    }
    return true;
  }

  /** The event as it may have it: what it may not see is redacted, so that the graph holds. */
  async shown(event: StoredEvent): Promise<Pdu> {
    const whole = (await this.maySee(event)) && !(await this.isErased(event));
    const rules = rulesOf(this.#room);
    return whole ? namelessPdu(this.#engine, rules, event.pdu) : redact(rules, event.pdu);
  }

  #isInRoom(): Promise<boolean> {
    return isServerInRoom(this.#engine, this.#reader, this.#room.room_nid, this.#origin);
  }

  /** Memberships of its people in a state of the room, as far as the first who was in it: nothing more lets it see more. */
  async #membershipsAt(root: StateRoot): Promise<readonly Membership[]> {
    if (this.#last !== undefined && Buffer.compare(this.#last.root, root) === 0)
      return this.#last.memberships;
    const found: Membership[] = [];
    this.#people ??= this.#findPeople();
    for (const userId of await this.#people) {
      const member = await stateEvent(this.#engine, this.#reader, this.#room, 'm.room.member', userId, root);
      if (member === undefined) continue;
      found.push(readMembership(member.pdu.content['membership']));
      if (found.at(-1) === 'join') break;
    }
    this.#last = { root, memberships: found };
    return found;
  }

  /** Whoever of it was ever a member, or asked or invited: they stay in the state. */
  async #findPeople(): Promise<readonly UserId[]> {
    // Of a server of which nobody has ever heard, nobody was in a room.
    if ((await this.#engine.names.serverNid(this.#reader, this.#origin)) === undefined) return [];
    const found: UserId[] = [];
    const { room_nid } = this.#room;
    for (const membership of MEMBERSHIPS) {
      const where = { room_nid, membership, local: 0 };
      for (const { user_nid } of await this.#reader.scan(memberships, { index: 'by_membership', where })) {
        const userId = await this.#engine.names.userId(this.#reader, user_nid);
        if (serverNameOf(userId) === this.#origin) found.push(userId);
      }
    }
    return found;
  }

  /**
   * Of a server of which the state knows nobody yet: whether it was in the room before we came, by the word of the server
   * that we joined through, and the event came after us.
   */
  async #wasBelieved({ roomNid, stream }: StoredEvent): Promise<boolean> {
    const [leftOut] = await leftOutOf(this.#reader, roomNid);
    if (leftOut === undefined || stream === null) return false;
    const entered = (await this.#engine.events.byNid(this.#reader, leftOut.event_nid)).stream;
    if (entered === null || stream < entered) return false;
    return isBelieved(this.#engine, this.#reader, roomNid, this.#origin);
  }
}

const readMembership = (value: JsonValue | undefined): Membership =>
  value === 'join' || value === 'invite' || value === 'ban' || value === 'knock' ? value : 'leave';
