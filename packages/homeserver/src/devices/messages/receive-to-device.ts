/**
 * Messages for devices here that another server brings. They are on disk with the answer to its transaction, in one
 * commit.
 *
 * @see https://spec.matrix.org/v1.19/server-server-api/#send-to-device-messaging
 */
import {
  isJsonObject,
  type JsonObject,
  type JsonValue,
  parseUserId,
  type ServerName,
  serverNameOf,
} from '@causeway/protocol';
import { type Engine, isLocal } from '../../engine.ts';
import { MatrixError } from '../../matrix-error.ts';
import { toDeviceReceived, toDeviceTransactions } from '../../store/device-tables.ts';
import type { StoreTx } from '../../store/store.ts';
import { type Delivered, type Incoming, putIntoInboxes } from './inbox.ts';
import { isName, readMessages } from './message.ts';

/** Code points, as the specification says. */
const MAX_MESSAGE_ID = 32;
/** In one EDU; its transaction has a bound on bytes as well. */
const MAX_MESSAGES = 1_000;
/** So many bytes cost a server as much as another message. */
const BYTES_PER_UNIT = 4096;

/** An EDU that may be taken in. `cost` counts against the allowance of its server. */
export type ToDeviceEdu = Incoming & { readonly messageId: string; readonly cost: number };

const EDU_TYPE = 'm.direct_to_device';

/** Those of a transaction that may be taken in; others are passed over, with a line in the log. */
export const readToDeviceEdus = (
  engine: Engine,
  origin: ServerName,
  edus: readonly JsonValue[],
): readonly ToDeviceEdu[] =>
  edus.flatMap((edu) => {
    if (!isJsonObject(edu) || edu['edu_type'] !== EDU_TYPE) return [];
    const read = isJsonObject(edu['content']) ? readEdu(engine, origin, edu['content']) : 'it has no content';
    if (typeof read !== 'string') return [read];
    engine.log.info('message for devices dropped', { origin, reason: read });
    return [];
  });

const readEdu = (engine: Engine, origin: ServerName, content: JsonObject): ToDeviceEdu | string => {
  const { sender, type, message_id: messageId, messages } = content;
  const userId = typeof sender === 'string' ? parseUserId(sender) : undefined;
  if (userId === undefined || serverNameOf(userId) !== origin) return 'its sender is not of its origin';
  if (!isName(type)) return 'its type is not valid';
  if (!isMessageId(messageId)) return `its message_id has not 1 to ${MAX_MESSAGE_ID} characters`;
  const read = readMessages(messages, MAX_MESSAGES);
  if (!read.ok) return read.reason;
  const own = read.messages.filter((message) => isLocal(engine, message.userId));
  const cost = own.reduce((sum, { json }) => sum + 1 + Math.floor(json.length / BYTES_PER_UNIT), 1);
  return { sender: userId, type, messageId, messages: own, cost };
};

const isMessageId = (value: JsonValue | undefined): value is string =>
  typeof value === 'string' && value !== '' && [...value].length <= MAX_MESSAGE_ID && value.isWellFormed();

/**
 * Counts what a transaction brings, before anything of it is taken in: what is passed over would be lost for good.
 *
 * @throws M_LIMIT_EXCEEDED when it is more than its server may bring now; it comes again
 */
export const requireAllowance = (engine: Engine, origin: ServerName, edus: readonly ToDeviceEdu[]): void => {
  const cost = edus.reduce((sum, edu) => sum + edu.cost, 0);
  const wait = cost === 0 ? 0 : (engine.edus?.takeMessages(origin, cost) ?? 0);
  if (wait === 0) return;
  engine.log.info('transaction put off: too many messages for devices', { origin, retry_after_ms: wait });
  throw new MatrixError('M_LIMIT_EXCEEDED', 'These are too many messages for devices at once.', {
    retry_after_ms: wait,
  });
};

/** Stores what was not stored before. What is returned is published after the commit. */
export const storeToDeviceEdus = async (
  engine: Engine,
  tx: StoreTx,
  origin: ServerName,
  edus: readonly ToDeviceEdu[],
): Promise<readonly Delivered[]> => {
  const delivered: Delivered[] = [];
  for (const edu of edus) {
    const key = { origin, message_id: edu.messageId };
    if ((await tx.get(toDeviceReceived, key)) !== undefined) continue;
    const stored = await putIntoInboxes(engine, tx, edu);
    if (stored === undefined) continue;
    delivered.push(stored);
    await tx.insert(toDeviceReceived, { ...key, received_ts: engine.clock.now() });
  }
  return delivered;
};

/** So long a server, or a client, may send the same again. */
const REMEMBERED_MS = 7 * 24 * 3600 * 1000;

/** Deletes what is remembered of messages that nobody sends again any more. */
export const forgetOldMessages = async ({ store, clock }: Engine): Promise<void> => {
  const old = { index: 'by_time', lt: clock.now() - REMEMBERED_MS } as const;
  const isDue = await store.read(
    async (reader) =>
      (await reader.first(toDeviceReceived, old)) !== undefined ||
      (await reader.first(toDeviceTransactions, old)) !== undefined,
  );
  if (!isDue) return;
  await store.transact(async (tx) => {
    await tx.deleteRange(toDeviceReceived, old);
    await tx.deleteRange(toDeviceTransactions, old);
  });
};
