/**
 * A change of one of our people's devices or cross-signing keys: their own devices and everybody who shares a room hear
 * of it by sync, other servers by EDUs that must arrive.
 *
 * @see https://spec.matrix.org/v1.19/server-server-api/#device-management
 */
import type { JsonObject, UserId } from '@causeway/protocol';
import type { Engine } from '../../engine.ts';
import { deviceListUpdates, signatureChanges } from '../../store/schema.ts';
import { optional } from '../../optional-field.ts';
import type { StoreTx } from '../../store/store.ts';
import { type ListChange, publishListChange, recordListChange } from './list-change.ts';
import { serversOf } from './shared-rooms.ts';

/** What changed of a local person. */
export type DeviceListChange = { readonly userId: UserId } & (
  | {
      readonly kind: 'device';
      readonly deviceId: string;
      /** Identity keys as everybody may see them, without names; undefined: it has none. */
      readonly keys: JsonObject | undefined;
    }
  | { readonly kind: 'device-removed'; readonly deviceId: string }
  /** Those keys that everybody may see. */
  | { readonly kind: 'cross-signing'; readonly masterKey?: JsonObject; readonly selfSigningKey?: JsonObject }
  /** They signed keys of somebody, of any server, which only they themselves see; or their user-signing key changed. */
  | { readonly kind: 'signed'; readonly target: UserId }
);

/** What others than the signer themselves are told of. */
export type PublicListChange = Exclude<DeviceListChange, { readonly kind: 'signed' }>;

/** What is to be woken after the commit; `list`: syncs of people here, which may have nothing to look at. */
export type NotedChange = { readonly list?: ListChange; readonly serverNids: readonly number[] };

/** Called in the transaction that makes the change. After its commit: {@link publishDeviceListChange}. */
export const noteDeviceListChange = async (
  engine: Engine,
  tx: StoreTx,
  change: DeviceListChange,
): Promise<NotedChange> => {
  const user_nid = await engine.names.internUser(tx, change.userId);
  if (change.kind === 'signed') return noteSigned(engine, tx, user_nid, change.target);
  const list = await recordListChange(engine, tx, user_nid);
  return { list, serverNids: await tellServers(engine, tx, user_nid, change) };
};

/** Wakes who is concerned, after the commit. */
export const publishDeviceListChange = (engine: Engine, { list, serverNids }: NotedChange): void => {
  publishListChange(engine, list);
  for (const serverNid of serverNids) engine.outbound.wake(serverNid);
};

/** Returns the servers to wake. */
export const tellServers = async (
  engine: Engine,
  tx: StoreTx,
  user_nid: number,
  change: PublicListChange,
): Promise<readonly number[]> => {
  const edu =
    change.kind === 'cross-signing' ? signingKeyUpdate(change) : await update(engine, tx, user_nid, change);
  const serverNids = [...(await serversOf(engine, tx, change.userId))];
  return engine.outbound.sendDurableEdus(tx, [{ serverNids, edu }]);
};

const signingKeyUpdate = ({
  userId,
  masterKey,
  selfSigningKey,
}: Extract<DeviceListChange, { readonly kind: 'cross-signing' }>) => ({
  edu_type: 'm.signing_key_update',
  content: {
    user_id: userId,
    ...optional('master_key', masterKey),
    ...optional('self_signing_key', selfSigningKey),
  },
});

/** Names of devices do not leave this server. What a server tells of the list later has this number, or a larger one. */
const update = async (
  engine: Engine,
  tx: StoreTx,
  user_nid: number,
  change: Extract<DeviceListChange, { readonly kind: 'device' | 'device-removed' }>,
) => {
  const newest = { index: 'by_stream_id', where: { user_nid }, reverse: true } as const;
  const last = await tx.first(deviceListUpdates, newest);
  // Of a restored backup the number may be an old one, but the time is not.
  const stream_id = Math.max((last?.stream_id ?? 0) + 1, engine.clock.now());
  await tx.deleteRange(deviceListUpdates, { where: { user_nid } });
  await tx.insert(deviceListUpdates, { user_nid, device_id: change.deviceId, stream_id });
  return {
    edu_type: 'm.device_list_update',
    content: {
      user_id: change.userId,
      device_id: change.deviceId,
      stream_id,
      prev_id: last === undefined ? [] : [last.stream_id],
      ...(change.kind === 'device-removed' ? { deleted: true } : optional('keys', change.keys)),
    },
  };
};

const noteSigned = async (
  engine: Engine,
  tx: StoreTx,
  signer_nid: number,
  target: UserId,
): Promise<NotedChange> => {
  const user_nid = await engine.names.internUser(tx, target);
  const stream = await tx.next('stream');
  await tx.put(signatureChanges, { signer_nid, user_nid, stream });
  engine.activity.deviceListsChanged(stream);
  return { list: { stream, roomNids: [], userNids: [signer_nid] }, serverNids: [] };
};
