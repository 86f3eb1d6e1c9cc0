/** Data that clients keep with an account. @see https://spec.matrix.org/v1.19/client-server-api/#client-config */
import { isJsonObject, type JsonObject, parseJson, type UserId } from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import { accountData } from '../store/schema.ts';
import type { StoreReader, StoreTx } from '../store/store.ts';
import { keepOwnRules, PUSH_RULES_TYPE } from './own-push-rules.ts';

/** A piece of account data of a local user. */
export type AccountDataKey = {
  readonly userId: UserId;
  /** '' for global data. */
  readonly roomId: string;
  readonly type: string;
};

/** Reads it in a transaction of the caller; undefined when there is none. */
export const readAccountData = async (
  engine: Engine,
  reader: StoreReader,
  { userId, roomId, type }: AccountDataKey,
): Promise<JsonObject | undefined> => {
  const user_nid = await engine.names.userNid(reader, userId);
  if (user_nid === undefined) return undefined;
  const row = await reader.get(accountData, { user_nid, room_id: roomId, type });
  const parsed = row && parseJson(row.content);
  return parsed?.ok === true && isJsonObject(parsed.value) ? parsed.value : undefined;
};

/** What is to be published after the commit. */
export type WrittenAccountData = { readonly stream: number; readonly userNid: number };

/** Writes in the caller's transaction; the caller publishes what is returned after the commit. */
export const writeAccountData = async (
  engine: Engine,
  tx: StoreTx,
  { userId, roomId, type }: AccountDataKey,
  content: JsonObject,
): Promise<WrittenAccountData> => {
  const userNid = await engine.names.internUser(tx, userId);
  const stream = await tx.next('stream');
  if (type === PUSH_RULES_TYPE && roomId === '') await keepOwnRules(engine, tx, userNid, stream);
  await tx.put(accountData, {
    user_nid: userNid,
    room_id: roomId,
    type,
    content: JSON.stringify(content),
    stream,
  });
  engine.activity.userChanged(userNid, stream);
  engine.ownSettings.changed(tx, userNid);
  return { stream, userNid };
};

/** Tells the user's devices, after the commit. */
export const publishAccountData = (engine: Engine, { stream, userNid }: WrittenAccountData): void =>
  engine.notifier.publish({ stream, userNids: [userNid] });

/** A piece of account data; undefined when there is none. */
export const getAccountData = (engine: Engine, key: AccountDataKey): Promise<JsonObject | undefined> =>
  engine.store.read((reader) => readAccountData(engine, reader, key));

/** Replaces a piece of account data, and tells the user's devices. Resolves when it is durable. */
export const putAccountData = async (
  engine: Engine,
  key: AccountDataKey,
  content: JsonObject,
): Promise<void> =>
  publishAccountData(engine, await engine.store.transact((tx) => writeAccountData(engine, tx, key, content)));

/** Changes what is there; `change` gets an empty object when there is nothing. */
export const updateAccountData = async (
  engine: Engine,
  key: AccountDataKey,
  change: (content: JsonObject) => JsonObject,
): Promise<void> =>
  publishAccountData(
    engine,
    await engine.store.transact(async (tx) =>
      writeAccountData(engine, tx, key, change((await readAccountData(engine, tx, key)) ?? {})),
    ),
  );
