/** Sends an event of a local user into a room. */
import {
  actionPowerLevel,
  type EventId,
  isJsonArray,
  type JsonObject,
  powerLevelOf,
  type RoomId,
  type UserId,
} from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import { forbidden, invalidParam, notFound, refusedByPolicy } from '../matrix-error.ts';
import { optional } from '../optional-field.ts';
import { clientTransactions, type RoomRow } from '../store/schema.ts';
import type { StoreReader, StoreTx } from '../store/store.ts';
import { type ClientTransaction, transactionKey } from './client-transaction.ts';
import { roomById, rulesOf, stateEvent } from './current-state.ts';
import { requireVoice } from './speak-outside.ts';
import { writeOwn } from './write-own.ts';
import { faultOf, noSuchRoom } from '../refusals.ts';

/** An event that `sender`, who is of this server, puts into a room; a state event when it has a state key. */
export type SendEvent = {
  readonly roomId: RoomId;
  readonly sender: UserId;
  readonly type: string;
  readonly stateKey?: string;
  readonly content: JsonObject;
  readonly txn?: ClientTransaction;
  readonly redacts?: EventId;
};

/**
 * Returns the event's ID when the event is durable. Refuses with M_NOT_FOUND when the room is not known,
 * M_FORBIDDEN when the authorisation rules or policy say so, or the room's policy server does not sign it, M_TOO_LARGE when it is over 65,536 bytes.
 */
export const sendEvent = async (engine: Engine, input: SendEvent): Promise<EventId> => {
  await requireVoice(engine, input.sender, input.roomId);
  await requireAclWithinRights(engine, input);
  let earlier: EventId | undefined;
  const appended = await writeOwn(engine, input.roomId, {
    plan: async (tx) => {
      earlier = await earlierEvent(engine, tx, input);
      if (earlier !== undefined) return undefined;
      const room = await roomById(tx, input.roomId);
      if (room === undefined) throw noSuchRoom(input.roomId);
      return { room, template: input };
    },
    alongside: (tx, { event }) => rememberTransaction(engine, tx, input, event.eventId),
  });
  const eventId = appended?.event.eventId ?? earlier;
  if (eventId === undefined) throw new Error('nothing was sent');
  return eventId;
};

/** Who may share rooms with some organisations only does not open a room to others. @throws M_FORBIDDEN */
const requireAclWithinRights = async (engine: Engine, input: SendEvent): Promise<void> => {
  if (input.type !== 'm.room.server_acl' || input.stateKey === undefined) return;
  const listed = input.content['allow'];
  const allow = (isJsonArray(listed) ? listed : []).filter((entry) => typeof entry === 'string');
  const { sender: user, roomId } = input;
  const answer = await engine.policy.ask({ kind: 'set-server-acl', user, roomId, allow });
  if (!answer.allowed) throw refusedByPolicy(answer);
};

/** `sender`, who is of this server, takes away the content of an event. */
export type RedactEvent = {
  readonly roomId: RoomId;
  readonly sender: UserId;
  readonly eventId: EventId;
  readonly reason?: string;
  readonly txn?: ClientTransaction;
};

/** Redacts an event: one's own, or with the redact power level anybody's. */
export const redactEvent = async (engine: Engine, input: RedactEvent): Promise<EventId> => {
  const { roomId, sender, eventId, reason } = input;
  const room = await engine.store.read((reader) => redactableRoom(engine, reader, input));
  const content = optional('reason', reason);
  const inContent = rulesOf(room).redactsInContent;
  return sendEvent(engine, {
    roomId,
    sender,
    type: 'm.room.redaction',
    content: inContent ? { ...content, redacts: eventId } : content,
    ...(inContent ? {} : { redacts: eventId }),
    ...(input.txn === undefined ? {} : { txn: input.txn }),
  });
};

const redactableRoom = async (
  engine: Engine,
  reader: StoreReader,
  { roomId, sender, eventId }: RedactEvent,
): Promise<RoomRow> => {
  const room = await roomById(reader, roomId);
  if (room === undefined) throw noSuchRoom(roomId);
  const target = await engine.events.byId(reader, eventId);
  if (target === undefined || target.roomNid !== room.room_nid) {
    throw notFound(faultOf('event-unknown'));
  }
  if (target.pdu.type === 'm.room.create') throw invalidParam(faultOf('create-event-stays'));
  if (target.pdu.sender !== sender) {
    const levels = (await stateEvent(engine, reader, room, 'm.room.power_levels', ''))?.pdu;
    const create = await engine.events.byNid(reader, room.create_event_nid);
    const level = powerLevelOf(rulesOf(room), create.pdu, levels, sender);
    if (!(level >= actionPowerLevel(rulesOf(room), levels, 'redact'))) {
      throw forbidden(faultOf('delete-others'));
    }
  }
  return room;
};

const earlierEvent = async (engine: Engine, tx: StoreTx, input: SendEvent): Promise<EventId | undefined> => {
  const key = await keyOf(engine, tx, input);
  const row = key && (await tx.get(clientTransactions, key));
  return row?.event_id as EventId | undefined;
};

const rememberTransaction = async (
  engine: Engine,
  tx: StoreTx,
  input: SendEvent,
  eventId: EventId,
): Promise<void> => {
  const key = await keyOf(engine, tx, input);
  if (key === undefined) return;
  await tx.insert(clientTransactions, { ...key, event_id: eventId, ts: engine.clock.now() });
};

const keyOf = async (engine: Engine, tx: StoreTx, { sender, txn, ...what }: SendEvent) => {
  if (txn === undefined) return undefined;
  const { roomId, type, redacts, content } = what;
  const redacted = redacts ?? (type === 'm.room.redaction' ? content['redacts'] : undefined);
  const endpoint = typeof redacted === 'string' ? redacted : type;
  return {
    user_nid: await engine.names.internUser(tx, sender),
    device_id: txn.deviceId,
    txn_id: transactionKey(txn.txnId, { roomId, endpoint }),
  };
};
