/** Sends an event of a local user into a room. */
import {
  actionPowerLevel,
  type EventId,
  type JsonObject,
  powerLevelOf,
  type RoomId,
  type UserId,
} from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import { forbidden, invalidParam, MatrixError, notFound } from '../matrix-error.ts';
import { optional } from '../optional-field.ts';
import { clientTransactions, type RoomRow, roomServers } from '../store/schema.ts';
import type { StoreReader, StoreTx } from '../store/store.ts';
import { type Appended, appendEvent, publishAppended } from './append-event.ts';
import { authorizeAgainst } from './authorize-event.ts';
import { createEvent, type EventTemplate } from './create-event.ts';
import { roomById, rulesOf, stateEvent } from './current-state.ts';

/** Identifies a client's request, so that repeating it makes no second event. */
export type ClientTransaction = { readonly deviceId: string; readonly txnId: string };

export type SendEvent = {
  readonly roomId: RoomId;
  readonly sender: UserId;
  readonly type: string;
  readonly stateKey?: string;
  readonly content: JsonObject;
  readonly txn?: ClientTransaction;
  readonly redacts?: EventId;
};

/** Largest event as canonical JSON. @see https://spec.matrix.org/v1.19/client-server-api/#size-limits */
const MAX_EVENT_BYTES = 65_536;

/**
 * Returns the event's ID when the event is durable. Refuses with M_NOT_FOUND when the room is not known,
 * M_FORBIDDEN when the authorisation rules say so, M_TOO_LARGE when it is over 65,536 bytes.
 */
export const sendEvent = async (engine: Engine, input: SendEvent): Promise<EventId> =>
  engine.roomQueue.run(input.roomId, async () => {
    const { appended, eventId } = await engine.store.transact(async (tx) => {
      const earlier = await earlierEvent(engine, tx, input.sender, input.txn);
      if (earlier !== undefined) return { eventId: earlier, appended: [] };
      const room = await roomById(tx, input.roomId);
      if (room === undefined) throw notFound(`This server is not in room ${input.roomId}.`);
      const one = await appendOwn(engine, tx, room, input);
      await rememberTransaction(engine, tx, input, one.event.eventId);
      return { eventId: one.event.eventId, appended: [one] };
    });
    publishAppended(engine, appended);
    return eventId;
  });

/** Creates, authorises and appends one event of ours in a transaction of the caller. */
export const appendOwn = async (
  engine: Engine,
  tx: StoreTx,
  room: RoomRow,
  template: EventTemplate,
): Promise<Appended> => {
  const created = await createEvent(engine, tx, room, template);
  if (Buffer.byteLength(JSON.stringify(created.pdu)) > MAX_EVENT_BYTES) {
    throw new MatrixError('M_TOO_LARGE', 'This event is larger than 65,536 bytes.');
  }
  const verdict = await authorizeAgainst(engine, tx, room, created.pdu, created.stateBefore);
  if (!verdict.allowed) throw forbidden(verdict.reason);
  return appendEvent(engine, tx, room, {
    ...created,
    verdict: 'accepted',
    place: { kind: 'live' },
    send: { kind: 'to-room' },
  });
};

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
  if (room === undefined) throw notFound(`This server is not in room ${roomId}.`);
  const target = await engine.events.byId(reader, eventId);
  if (target === undefined || target.roomNid !== room.room_nid) {
    throw notFound(`There is no event ${eventId} in this room.`);
  }
  if (target.pdu.type === 'm.room.create') throw invalidParam('The create event of a room stays as it is.');
  if (target.pdu.sender !== sender) {
    const levels = (await stateEvent(engine, reader, room, 'm.room.power_levels', ''))?.pdu;
    const create = await engine.events.byNid(reader, room.create_event_nid);
    const level = powerLevelOf(rulesOf(room), create.pdu, levels, sender);
    if (level < actionPowerLevel(rulesOf(room), levels, 'redact')) {
      throw forbidden('You may not delete messages of others in this room.');
    }
  }
  return room;
};

/** Whether a room has members of other servers. */
export const hasOutsiders = async (engine: Engine, reader: StoreReader, room: RoomRow): Promise<boolean> => {
  const ours = await engine.names.serverNid(reader, engine.serverName);
  const joined = await reader.scan(roomServers, { where: { room_nid: room.room_nid }, limit: 2 });
  return joined.some((row) => row.server_nid !== ours);
};

const earlierEvent = async (
  engine: Engine,
  tx: StoreTx,
  sender: UserId,
  txn: ClientTransaction | undefined,
): Promise<EventId | undefined> => {
  if (txn === undefined) return undefined;
  const user_nid = await engine.names.internUser(tx, sender);
  const row = await tx.get(clientTransactions, { user_nid, device_id: txn.deviceId, txn_id: txn.txnId });
  return row?.event_id as EventId | undefined;
};

const rememberTransaction = async (
  engine: Engine,
  tx: StoreTx,
  { sender, txn }: SendEvent,
  eventId: EventId,
): Promise<void> => {
  if (txn === undefined) return;
  await tx.insert(clientTransactions, {
    user_nid: await engine.names.internUser(tx, sender),
    device_id: txn.deviceId,
    txn_id: txn.txnId,
    event_id: eventId,
    ts: engine.clock.now(),
  });
};
