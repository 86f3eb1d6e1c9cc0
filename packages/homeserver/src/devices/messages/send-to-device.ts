/** A client's messages for devices, of people here and elsewhere. */
import { randomBytes } from 'node:crypto';
import { type JsonValue, type ServerName, serverNameOf, type UserId } from '@causeway/protocol';
import { type Engine, isLocal } from '../../engine.ts';
import type { DurableEdu } from '../../federation/durable-edus.ts';
import { invalidParam, MatrixError, refusedByPolicy } from '../../matrix-error.ts';
import { toDeviceTransactions } from '../../store/device-tables.ts';
import type { StoreTx } from '../../store/store.ts';
import { type Delivered, publishDelivered, putIntoInboxes } from './inbox.ts';
import { type Addressed, isName, messagesOf, readMessages } from './message.ts';

/** In one request; clients send the key of a conversation to some 20 to 250 at once. */
const MAX_MESSAGES = 1_000;
/** Of messages in one EDU, unless a single one is larger: Synapse keeps to as much. */
const MAX_EDU_BYTES = 60_000;
/** 24 characters; 32 are allowed. */
const MESSAGE_ID_BYTES = 18;

/** `messages`: by user ID and device ID or `*`, as the client sent it. */
export type SendToDevice = {
  readonly sender: UserId;
  /** From which the client sends: its transaction IDs are its own. */
  readonly deviceId: string;
  readonly type: string;
  readonly txnId: string;
  readonly messages: JsonValue | undefined;
};

/**
 * Resolves when the messages are durable: they wait for the devices that are here, and for the servers of the others. A
 * request that is repeated with its transaction ID does nothing.
 *
 * @throws M_BAD_JSON, M_INVALID_PARAM, M_TOO_LARGE, M_FORBIDDEN for people elsewhere to whom policy lets nothing go
 * @see https://spec.matrix.org/v1.19/client-server-api/#put_matrixclientv3sendtodeviceeventtypetxnid
 */
export const sendToDevice = async (engine: Engine, input: SendToDevice): Promise<void> => {
  if (!isName(input.type)) throw invalidParam('The type of a message has 1 to 255 bytes.');
  if (!isName(input.txnId)) throw invalidParam('A transaction ID has 1 to 255 bytes.');
  const read = readMessages(input.messages, MAX_MESSAGES);
  if (!read.ok) throw new MatrixError(read.isTooLarge ? 'M_TOO_LARGE' : 'M_BAD_JSON', `${read.reason}.`);
  const { here, elsewhere } = divide(engine, read.messages);
  await requireVoiceTowards(engine, input.sender, [...elsewhere.keys()]);
  const sent = await engine.store.transact(async (tx) => {
    if (!(await isNew(engine, tx, input))) return undefined;
    const edus = await edusFor(engine, tx, input, elsewhere);
    return {
      delivered: await putIntoInboxes(engine, tx, { ...input, messages: here }),
      woken: await engine.outbound.sendDurableEdus(tx, edus),
    } satisfies { readonly delivered: Delivered | undefined; readonly woken: readonly number[] };
  });
  if (sent === undefined) return;
  publishDelivered(engine, [sent.delivered]);
  for (const serverNid of sent.woken) engine.outbound.wake(serverNid);
};

type Divided = {
  readonly here: readonly Addressed[];
  readonly elsewhere: ReadonlyMap<ServerName, readonly Addressed[]>;
};

const divide = (engine: Engine, messages: readonly Addressed[]): Divided => {
  const here: Addressed[] = [];
  const elsewhere = new Map<ServerName, Addressed[]>();
  for (const message of messages) {
    if (isLocal(engine, message.userId)) {
      here.push(message);
      continue;
    }
    const server = serverNameOf(message.userId);
    const others = elsewhere.get(server);
    if (others === undefined) elsewhere.set(server, [message]);
    else others.push(message);
  }
  return { here, elsewhere };
};

/** Asked before the transaction that writes, because policy may read the store. */
const requireVoiceTowards = async (
  engine: Engine,
  user: UserId,
  servers: readonly ServerName[],
): Promise<void> => {
  if (servers.length === 0) return;
  const answer = await engine.policy.ask({ kind: 'speak-outside', user, servers });
  if (!answer.allowed) throw refusedByPolicy(answer);
};

const isNew = async (engine: Engine, tx: StoreTx, { sender, deviceId, type, txnId }: SendToDevice) => {
  const user_nid = await engine.names.internUser(tx, sender);
  const key = { user_nid, device_id: deviceId, type, txn_id: txnId };
  if ((await tx.get(toDeviceTransactions, key)) !== undefined) return false;
  await tx.insert(toDeviceTransactions, { ...key, ts: engine.clock.now() });
  return true;
};

/** One EDU for each server, or several where it would be too large. */
const edusFor = async (
  engine: Engine,
  tx: StoreTx,
  { sender, type }: SendToDevice,
  elsewhere: Divided['elsewhere'],
): Promise<readonly DurableEdu[]> => {
  const edus: DurableEdu[] = [];
  for (const [server, messages] of elsewhere) {
    const serverNids = [await engine.names.internServer(tx, server)];
    for (const part of inParts(messages)) {
      const message_id = randomBytes(MESSAGE_ID_BYTES).toString('base64url');
      const content = { sender, type, message_id, messages: messagesOf(part) };
      edus.push({ serverNids, edu: { edu_type: 'm.direct_to_device', content } });
    }
  }
  return edus;
};

const inParts = (messages: readonly Addressed[]): readonly (readonly Addressed[])[] => {
  const parts: Addressed[][] = [];
  let bytes = 0;
  for (const message of messages) {
    const size = Buffer.byteLength(message.json) + message.userId.length + message.deviceId.length;
    const last = parts.at(-1);
    if (last === undefined || bytes + size > MAX_EDU_BYTES) {
      parts.push([message]);
      bytes = size;
    } else {
      last.push(message);
      bytes += size;
    }
  }
  return parts;
};
