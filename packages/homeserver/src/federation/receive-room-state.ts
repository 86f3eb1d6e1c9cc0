/**
 * Reads the state of a room and its auth chain from another server's answer while it arrives: each event is
 * checked and stored as it comes, so that neither time nor memory is taken by the answer as a whole.
 */
import {
  type JsonPiece,
  JsonStream,
  type JsonValue,
  type RoomId,
  type RoomVersionRules,
  roomIdOf,
  type ServerName,
} from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import { unreachable } from '../matrix-error.ts';
import type { VerifiedPdu } from '../rooms/receive-pdu.ts';
import type { RoomRow } from '../store/schema.ts';
import { Turns } from '../turns.ts';
import { asUnverified, type UnverifiedEvent } from './incomplete-states.ts';
import { badAnswer } from './remote-membership.ts';
import { OutlierStaging, type StagedState, TOO_MUCH_HELD } from './stage-outliers.ts';
import { TransportBodyError } from './transport.ts';
import { prepareKeys, verifyPdu } from './verify-pdu.ts';

/** A PDU has at most 65,536 bytes; another server may write them less tightly, and add `unsigned`. */
const MAX_VALUE_BYTES = 256 * 1024;

/** Servers named in one answer; the largest public rooms have some ten thousand. A name has 255 bytes at most. */
const MAX_SERVERS_NAMED = 20_000;
const MAX_NAME_BYTES = 300;

/**
 * Events in an answer. The largest rooms have some 100,000 members and several times as many events in their auth
 * chain; what is smaller than an event is counted, too, and costs no less than one.
 */
const MAX_EVENTS = 1_000_000;

/** The members of an answer that are kept beside the events. */
const KEPT_MEMBERS: ReadonlySet<string> = new Set(['event', 'members_omitted', 'servers_in_room']);

/** PDUs whose keys are fetched together, and their bytes. They are kept in memory meanwhile. */
const BATCH = 100;
const BATCH_BYTES = 2 * 1024 * 1024;

export type StateAnswer = {
  readonly server: ServerName;
  readonly rules: RoomVersionRules;
  readonly roomId: RoomId;
  /** Where it is stored already. */
  readonly room?: RoomRow | undefined;
  readonly body: AsyncIterable<Uint8Array>;
  /** The member of the answer with the state; its auth chain is in `auth_chain`. That member itself: there is only a chain. */
  readonly stateMember: 'state' | 'pdus' | 'auth_chain';
  /** Told of every event of the state that passed its checks. */
  readonly checked?: (event: VerifiedPdu) => void;
};

export type ReceivedState = {
  /** Undefined when the answer has no create event for this room. */
  readonly staged: StagedState | undefined;
  /** Of the other members of the answer those that are needed. */
  readonly members: ReadonlyMap<string, JsonValue>;
  /** What stands in `servers_in_room`; empty where there is no such list. */
  readonly servers: readonly JsonValue[];
  /** Why the first event that did not pass its checks was left out. */
  readonly dropped: string | undefined;
  /** What may pass them when other servers' keys can be had again, and what builds on it. */
  readonly unverified: readonly UnverifiedEvent[];
};

/** @throws CAUSEWAY_UNREACHABLE when the answer breaks off, CAUSEWAY_BAD_ANSWER when it can't be read */
export const receiveRoomState = async (engine: Engine, answer: StateAnswer): Promise<ReceivedState> => {
  const { server, rules, stateMember } = answer;
  const staging = new OutlierStaging(engine, rules, answer.roomId, answer.room);
  const members = new Map<string, JsonValue>();
  const turns = new Turns();
  let dropped: string | undefined;
  const unverified: UnverifiedEvent[] = [];
  const servers: JsonValue[] = [];
  const waiting: JsonPiece[] = [];
  let waitingBytes = 0;
  let count = 0;
  const check = async () => {
    const batch = waiting.splice(0);
    waitingBytes = 0;
    await prepareKeys(
      engine,
      rules,
      batch.map(({ value }) => value),
    );
    for (const { member, value } of batch) {
      const result = await verifyPdu(engine, rules, value, { skipCountLimits: true });
      if (result.ok) {
        if (member === stateMember) answer.checked?.(result);
        await staging.add(result, member === stateMember);
      } else {
        dropped ??= result.reason;
        const { lacksKeys } = result;
        if (lacksKeys !== undefined && roomIdOf(rules, lacksKeys.pdu) === answer.roomId) {
          const kept = asUnverified({ ...lacksKeys, inState: member === stateMember }, lacksKeys.server);
          staging.hold(kept.json.length);
          unverified.push(kept);
        }
        engine.log.info('pdu dropped', {
          origin: server,
          event_id: result.eventId,
          reason: result.reason,
        });
      }
      await turns.next();
    }
  };
  for await (const piece of piecesOf(answer)) {
    if (!piece.isElement) {
      if (KEPT_MEMBERS.has(piece.member)) members.set(piece.member, piece.value);
      continue;
    }
    if (piece.member === 'servers_in_room') {
      const isTooMuch = servers.push(piece.value) > MAX_SERVERS_NAMED || piece.bytes > MAX_NAME_BYTES;
      if (isTooMuch) throw badAnswer(server, 'it names too many servers');
      continue;
    }
    if (++count > MAX_EVENTS) throw badAnswer(server, `it has more than ${MAX_EVENTS} events`);
    waitingBytes += piece.bytes;
    if (waiting.push(piece) >= BATCH || waitingBytes >= BATCH_BYTES) await check();
    if (staging.heldTooMuch) throw badAnswer(server, TOO_MUCH_HELD);
  }
  await check();
  const staged = await staging.finish();
  if (unverified.length > 0) unverified.push(...staging.leftOut.map((event) => asUnverified(event)));
  return { staged, members, servers, dropped, unverified };
};

const piecesOf = async function* ({ server, body, stateMember }: StateAnswer): AsyncGenerator<JsonPiece> {
  const stream = new JsonStream({
    arrays: new Set([stateMember, 'auth_chain']),
    // Some write null for an empty list.
    perhapsArrays: new Set(['servers_in_room']),
    maxValueBytes: MAX_VALUE_BYTES,
  });
  try {
    for await (const chunk of body) {
      yield* stream.push(chunk);
      if (stream.fault !== undefined) break;
    }
  } catch (error) {
    if (!(error instanceof TransportBodyError)) throw error;
    throw unreachable(`The answer of ${server} broke off: ${error.message}.`);
  }
  const fault = stream.end();
  if (fault !== undefined) throw badAnswer(server, fault);
};
