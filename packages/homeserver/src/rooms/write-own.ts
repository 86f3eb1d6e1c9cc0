/** Writes an event of ours into a room, with the signature of the room's policy server where it has one. */
import type { EventId, Pdu, RoomId } from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import { signByPolicy } from '../federation/ask-policy-server.ts';
import { forbidden, refusal } from '../matrix-error.ts';
import type { RoomRow } from '../store/schema.ts';
import type { StoreTx } from '../store/store.ts';
import { type Appended, appendEvent, publishAppended } from './append-event.ts';
import { authorizeAgainst } from './authorize-event.ts';
import { type CreatedEvent, createEvent, type EventTemplate } from './create-event.ts';
import { roomById } from './current-state.ts';
import { needsPolicySignature, policyServerOf } from './policy-server.ts';
import { receivePdu, type VerifiedPdu } from './receive-pdu.ts';
import { isUnresolved, transactResolving, type Unresolved } from './resolutions.ts';
import { faultOf } from '../refusals.ts';

/** Largest event as canonical JSON. @see https://spec.matrix.org/v1.19/client-server-api/#size-limits */
const MAX_EVENT_BYTES = 65_536;

export type OwnEvent = { readonly room: RoomRow; readonly template: EventTemplate };

export type WriteOwn = {
  /**
   * What is to be written; undefined for nothing. It is asked again where the room has a policy server, or a state that
   * costs much to resolve: these are waited for in between, outside of any transaction. May throw a refusal.
   */
  readonly plan: (tx: StoreTx) => Promise<OwnEvent | undefined>;
  /** Written in the same transaction. */
  readonly alongside?: (tx: StoreTx, appended: Appended) => Promise<void>;
  /** Written even when the policy server refuses it or is away; other servers then soft-fail it. */
  readonly evenUnsigned?: boolean;
};

/**
 * Undefined when nothing was to be written.
 *
 * @throws what `plan` throws, M_FORBIDDEN by the authorisation rules or because the policy server refuses or is away
 */
export const writeOwn = async (
  engine: Engine,
  roomId: RoomId,
  { plan, alongside, evenUnsigned = false }: WriteOwn,
): Promise<Appended | undefined> => {
  const signed = await signedAhead(engine, roomId, plan, evenUnsigned);
  return engine.roomQueue.run(roomId, async () => {
    const made: Made = {};
    const appended = await transactResolving(engine, async (tx) => {
      const planned = await plan(tx);
      if (planned === undefined) return undefined;
      const { room, template } = planned;
      const one =
        signed === undefined
          ? await appendOwn(engine, tx, room, template, { evenUnsigned, made })
          : await appendSigned(engine, tx, room, signed);
      if (isUnresolved(one)) return one;
      await alongside?.(tx, one);
      return one;
    });
    if (appended !== undefined) publishAppended(engine, [appended]);
    return appended;
  });
};

/** Undefined in a room without policy server, or when it has to do without the signature. */
const signedAhead = async (
  engine: Engine,
  roomId: RoomId,
  plan: WriteOwn['plan'],
  evenUnsigned: boolean,
): Promise<VerifiedPdu | undefined> => {
  const isGuarded = await engine.store.read(async (reader) => {
    const room = await roomById(reader, roomId);
    return room !== undefined && (await policyServerOf(engine, reader, room)) !== undefined;
  });
  if (!isGuarded) return undefined;
  const created = await transactResolving(engine, async (tx) => {
    const planned = await plan(tx);
    return planned && createOwn(engine, tx, planned.room, planned.template);
  });
  if (created === undefined) return undefined;
  const verdict = await signByPolicy(engine, roomId, created.pdu);
  if (verdict.kind === 'signed') return { eventId: created.eventId, pdu: verdict.pdu };
  if (evenUnsigned) return undefined;
  throw verdict.error;
};

/** @throws M_FORBIDDEN when the room has a policy server that does not sign it */
export const requirePolicySignature = async (
  engine: Engine,
  roomId: RoomId,
  { pdu, eventId }: { readonly pdu: Pdu; readonly eventId: EventId },
): Promise<VerifiedPdu> => {
  const verdict = await signByPolicy(engine, roomId, pdu);
  if (verdict.kind === 'unsigned') throw verdict.error;
  return { eventId, pdu: verdict.pdu };
};

/** The room may have changed since it was signed: it is judged as what comes from elsewhere. */
const appendSigned = async (
  engine: Engine,
  tx: StoreTx,
  room: RoomRow,
  signed: VerifiedPdu,
): Promise<Appended | Unresolved> => {
  const verdict = await receivePdu(engine, tx, room, signed, { relay: { except: '' } });
  if (verdict.kind === 'accepted') return verdict.appended;
  if (isUnresolved(verdict)) return verdict;
  const isKnown = verdict.kind === 'rejected' || verdict.kind === 'soft-failed';
  throw forbidden(isKnown ? faultOf('room-forbids', { why: verdict.reason }) : faultOf('room-changed'));
};

/** The event that is on its way into the graph while the state after it is resolved. */
type Made = { event?: CreatedEvent };

/** Creates, authorises and appends one event of ours in a transaction of the caller: nobody else is asked. */
export const appendOwn = async (
  engine: Engine,
  tx: StoreTx,
  room: RoomRow,
  template: EventTemplate,
  { evenUnsigned = false, made = {} }: Pick<WriteOwn, 'evenUnsigned'> & { readonly made?: Made } = {},
): Promise<Appended | Unresolved> => {
  const created = made.event ?? (await createOwn(engine, tx, room, template));
  if (isUnresolved(created)) return created;
  made.event = created;
  const mayBeUnsigned = evenUnsigned || !needsPolicySignature(created.pdu);
  if (!mayBeUnsigned && (await policyServerOf(engine, tx, room)) !== undefined)
    throw forbidden(faultOf('room-changed'));
  return appendEvent(engine, tx, room, {
    ...created,
    known: await engine.events.byId(tx, created.eventId),
    verdict: 'accepted',
    place: { kind: 'live' },
    send: { kind: 'to-room' },
  });
};

const createOwn = async (
  engine: Engine,
  tx: StoreTx,
  room: RoomRow,
  template: EventTemplate,
): Promise<CreatedEvent | Unresolved> => {
  const created = await createEvent(engine, tx, room, template);
  if (isUnresolved(created)) return created;
  if (Buffer.byteLength(JSON.stringify(created.pdu)) > MAX_EVENT_BYTES) {
    throw refusal('M_TOO_LARGE', faultOf('event-large', { most: MAX_EVENT_BYTES }));
  }
  const verdict = await authorizeAgainst(engine, tx, room, created.pdu, created.stateBefore);
  if (!verdict.allowed) throw forbidden(faultOf('room-forbids', { why: verdict.reason }));
  return created;
};
