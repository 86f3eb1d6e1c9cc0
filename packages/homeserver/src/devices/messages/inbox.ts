/** Messages that wait for a device of ours, until it shows that it has them. */
import { serverNameOf, type UserId } from '@causeway/protocol';
import type { Engine } from '../../engine.ts';
import { hearingOf, hearingOfServer } from '../../reading/hearing.ts';
import { toDeviceInbox } from '../../store/device-tables.ts';
import type { StoreTx } from '../../store/store.ts';
import { ignoredUsers } from '../../users/ignored-users.ts';
import { ALL_DEVICES, type Addressed } from './message.ts';

/**
 * So many wait for a device at most, and so many of them of people of one server; beyond either the oldest are dropped,
 * of that server or of all. A device that is in use fetches them within seconds, a hundred at a time.
 */
export type InboxBounds = { readonly all: number; readonly ofServer: number };

const BOUNDS: InboxBounds = { all: 10_000, ofServer: 5_000 };

/** A message as it waits. */
export type Incoming = {
  readonly sender: UserId;
  readonly type: string;
  readonly messages: readonly Addressed[];
};

/** What is to be told after the commit: that these devices have something new at this stream position. */
export type Delivered = {
  readonly stream: number;
  readonly devices: readonly { readonly userNid: number; readonly deviceId: string }[];
};

/**
 * Puts messages into the inboxes of those of our devices that exist; who ignores the sender, or may not hear of their
 * server, gets nothing. Undefined when nobody does.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#send-to-device-messaging
 */
export const putIntoInboxes = async (
  engine: Engine,
  tx: StoreTx,
  { sender, type, messages }: Incoming,
  bounds: InboxBounds = BOUNDS,
): Promise<Delivered | undefined> => {
  const recipients = await recipientsOf(engine, tx, sender, messages);
  if (recipients.length === 0) return undefined;
  const stream = await tx.next('stream');
  const origin = serverNameOf(sender);
  for (const { userNid, deviceId, json } of recipients) {
    const key = { user_nid: userNid, device_id: deviceId };
    await makeRoom(engine, tx, key, origin, bounds);
    // One that is named and also meant by `*` gets what is for it alone.
    await tx.put(toDeviceInbox, { ...key, stream, origin, sender, type, content: json });
  }
  return { stream, devices: recipients.map(({ userNid, deviceId }) => ({ userNid, deviceId })) };
};

type Recipient = { readonly userNid: number; readonly deviceId: string; readonly json: string };

/** Each device once. */
const recipientsOf = async (
  engine: Engine,
  tx: StoreTx,
  sender: UserId,
  messages: readonly Addressed[],
): Promise<readonly Recipient[]> => {
  const found = new Map<string, Recipient>();
  const people = new Map<UserId, readonly string[]>();
  // What is for all devices comes first, so that what is for one of them takes its place.
  const inOrder = [...messages].sort(
    (a, b) => Number(b.deviceId === ALL_DEVICES) - Number(a.deviceId === ALL_DEVICES),
  );
  for (const { userId, deviceId, json } of inOrder) {
    const devices = people.get(userId) ?? (await devicesOf(engine, tx, sender, userId));
    people.set(userId, devices);
    for (const device of deviceId === ALL_DEVICES ? devices : devices.filter((one) => one === deviceId)) {
      const userNid = await engine.names.internUser(tx, userId);
      found.set(`${userNid} ${device}`, { userNid, deviceId: device, json });
    }
  }
  return [...found.values()];
};

/** The devices of somebody here that get something of this sender. */
const devicesOf = async (
  engine: Engine,
  tx: StoreTx,
  sender: UserId,
  userId: UserId,
): Promise<readonly string[]> => {
  const devices = (await engine.directory.devices?.(tx, userId)) ?? [];
  if (devices.length === 0) return [];
  const server = serverNameOf(sender);
  if (server !== engine.serverName) {
    const heard = hearingOfServer(await hearingOf(engine, tx, userId), server);
    if (heard.kind === 'until') return [];
  }
  const userNid = await engine.names.internUser(tx, userId);
  if ((await ignoredUsers(engine, tx, userId, userNid)).has(sender)) return [];
  return devices.map(({ deviceId }) => deviceId);
};

type Inbox = { readonly user_nid: number; readonly device_id: string };

/** One message fits in afterwards. */
const makeRoom = async (
  engine: Engine,
  tx: StoreTx,
  where: Inbox,
  origin: string,
  bounds: InboxBounds,
): Promise<void> => {
  const ofServer = { index: 'by_origin', where: { ...where, origin } } as const;
  let oldest =
    (await tx.count(toDeviceInbox, ofServer)) >= bounds.ofServer
      ? await tx.first(toDeviceInbox, ofServer)
      : undefined;
  if (oldest === undefined && (await tx.count(toDeviceInbox, { where })) >= bounds.all) {
    oldest = await tx.first(toDeviceInbox, { where });
  }
  if (oldest === undefined) return;
  await tx.delete(toDeviceInbox, oldest);
  const { user_nid, device_id, origin: of } = oldest;
  engine.log.warn('message for a device dropped: too many wait for it', { user_nid, device_id, origin: of });
};

/** After the commit: the devices' syncs go on. */
export const publishDelivered = (engine: Engine, delivered: readonly (Delivered | undefined)[]): void => {
  for (const one of delivered) if (one !== undefined) engine.notifier.publish(one);
};

/** The device has everything up to here. */
export const emptyInbox = async (
  engine: Engine,
  device: { readonly userNid: number; readonly deviceId: string },
  upTo: number,
): Promise<void> => {
  const where = { user_nid: device.userNid, device_id: device.deviceId };
  const range = { where, lte: upTo };
  if ((await engine.store.read((reader) => reader.first(toDeviceInbox, range))) === undefined) return;
  await engine.store.transact((tx) => tx.deleteRange(toDeviceInbox, range));
};
