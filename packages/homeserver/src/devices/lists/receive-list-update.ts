/**
 * Other servers tell of the devices and cross-signing keys of their people. What follows on what is known is taken; all
 * else makes the list stale, which is durable before the transaction is answered, and the whole is fetched.
 *
 * @see https://spec.matrix.org/v1.19/server-server-api/#device-management
 */
import {
  isJsonObject,
  type JsonObject,
  type JsonValue,
  parseUserId,
  type ServerName,
  serverNameOf,
  type UserId,
} from '@causeway/protocol';
import type { Engine } from '../../engine.ts';
import { followedDeviceLists, followedDevices } from '../../store/schema.ts';
import type { StoreTx } from '../../store/store.ts';
import { type FollowedRow, keepCrossSigning, keepDevice } from './kept-list.ts';
import { publishListChange, recordListChange } from './list-change.ts';
import { MAX_DEVICES, readCrossSigning, readUpdate } from './read-list.ts';
import { sharedSince } from './shared-rooms.ts';

const KINDS: ReadonlyMap<JsonValue, Apply> = new Map([
  ['m.device_list_update', applyUpdate],
  ['m.signing_key_update', applySigningKeys],
]);

/** Takes in those of a transaction's EDUs that are about lists. It throws only when they could not be stored. */
export const receiveListUpdates = async (
  engine: Engine,
  origin: ServerName,
  edus: readonly JsonValue[],
): Promise<void> => {
  for (const edu of edus) {
    const apply = isJsonObject(edu) ? KINDS.get(edu['edu_type'] ?? '') : undefined;
    if (apply === undefined || !isJsonObject(edu) || !isJsonObject(edu['content'])) continue;
    await receiveOne(engine, origin, edu['content'], apply);
  }
};

const receiveOne = async (
  engine: Engine,
  origin: ServerName,
  content: JsonObject,
  apply: Apply,
): Promise<void> => {
  const named = content['user_id'];
  const userId = typeof named === 'string' ? parseUserId(named) : undefined;
  if (userId === undefined || serverNameOf(userId) !== origin) {
    engine.log.info('device list update of somebody else passed over', { origin });
    return;
  }
  const within = engine.edus?.take(origin, 'device-lists') !== false;
  const outcome = await engine.store.transact(async (tx) => {
    const userNid = await engine.names.userNid(tx, userId);
    if (userNid === undefined) return undefined;
    const row = await tx.get(followedDeviceLists, { user_nid: userNid });
    if (row?.stale === 1) engine.lists.missed(userNid);
    // Of more than its share only that something changed: the whole is fetched anyway, or nobody asked for it.
    if (!within && row?.stale !== 0) return undefined;
    if ((await sharedSince(engine, tx, userNid)) === undefined) return undefined;
    const stale = row?.stale === 0 && !(within && (await apply(engine, tx, row, { userId, content })));
    if (row !== undefined && stale) await tx.put(followedDeviceLists, { ...row, stale: 1 });
    return {
      change: await recordListChange(engine, tx, userNid),
      fetchFrom: stale ? row?.server_nid : undefined,
    };
  });
  publishListChange(engine, outcome?.change);
  if (outcome?.fetchFrom !== undefined) engine.lists.wake(outcome.fetchFrom);
};

type Said = { readonly userId: UserId; readonly content: JsonObject };
/** Whether it could be taken in. */
type Apply = (engine: Engine, tx: StoreTx, row: FollowedRow, said: Said) => Promise<boolean>;

/** It is in order when it follows on the one newest that is known, and nothing else. */
async function applyUpdate(engine: Engine, tx: StoreTx, row: FollowedRow, said: Said): Promise<boolean> {
  const update = readUpdate(said.userId, said.content);
  if (update === undefined) return false;
  // What the whole list held already that was fetched.
  if (update.streamId === row.stream_id) return true;
  const follows = update.prevIds.length > 0 && update.prevIds.every((id) => id === row.stream_id);
  if (!follows || update.streamId < row.stream_id) return false;
  const { user_nid } = row;
  const key = { user_nid, device_id: update.deviceId };
  if (update.device === undefined) await tx.delete(followedDevices, key);
  else {
    const isNew = (await tx.get(followedDevices, key)) === undefined;
    if (isNew && (await tx.count(followedDevices, { where: { user_nid } })) >= MAX_DEVICES) return false;
    await keepDevice(tx, user_nid, update.streamId, update.device);
  }
  // Nothing was lost in between, so all is known up to now.
  await tx.put(followedDeviceLists, { ...row, stream_id: update.streamId, as_of: engine.notifier.stream });
  return true;
}

async function applySigningKeys(
  _engine: Engine,
  tx: StoreTx,
  row: FollowedRow,
  { userId, content }: Said,
): Promise<boolean> {
  const keys = readCrossSigning(userId, content);
  if (keys === undefined || keys.size === 0) return false;
  await keepCrossSigning(tx, row.user_nid, keys);
  return true;
}
