/**
 * Presence of local users: what their clients say, the best of them, told to everybody who shares a room.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#presence
 */
import type { UserId } from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import { memberships, roomServers, rooms } from '../store/schema.ts';
import type { StoreReader } from '../store/store.ts';
import { updateAccountData } from '../users/account-data.ts';
import type { ClientState, LocalClients, PresenceState } from './presence-board.ts';
import { PRESENCE_SETTINGS_TYPE, presenceSettings, statusOf } from './presence-settings.ts';

/** A client that has not synced for this long is not there. */
const CLIENT_LIFETIME_MS = 30_000;
/** Other servers forget who is silent for half an hour. */
const REPEAT_MS = 25 * 60_000;
/** Rooms looked at to find out who hears of somebody. */
const MAX_ROOMS = 2_000;

/** One device of a local user, from which they are present. */
export type LocalClient = { readonly userId: UserId; readonly deviceId: string };

/**
 * A client says how its person is. A status message stays until it is replaced; the empty one removes it.
 */
export const setPresence = async (
  engine: Engine,
  client: LocalClient,
  said: { readonly state: PresenceState; readonly statusMsg: string | undefined },
): Promise<void> => {
  if (said.statusMsg !== undefined) {
    const key = { userId: client.userId, roomId: '', type: PRESENCE_SETTINGS_TYPE };
    const status_msg = statusOf(said.statusMsg) ?? '';
    await updateAccountData(engine, key, (content) => ({ ...content, status_msg }));
  }
  const clients = clientsOf(engine, client.userId);
  const entry = clientState(clients, client.deviceId);
  entry.state = said.state;
  clients.lastActiveTs = engine.clock.now();
  endLater(engine, client, entry);
  await presenceChanged(engine, client.userId);
};

/**
 * A client begins to sync and says how its person is; undefined: nothing but that it is there. It counts as
 * there until some time after what is returned is disposed of.
 */
export const beginSync = async (
  engine: Engine,
  client: LocalClient,
  said: PresenceState | undefined,
): Promise<Disposable> => {
  if (said === 'offline') return { [Symbol.dispose]: () => {} };
  const clients = clientsOf(engine, client.userId);
  const entry = clientState(clients, client.deviceId);
  if (said !== undefined) entry.state = said;
  else if (entry.state === 'offline') entry.state = 'online';
  if (entry.state === 'online') clients.lastActiveTs = engine.clock.now();
  entry.syncs += 1;
  entry.end?.[Symbol.dispose]();
  entry.end = undefined;
  await presenceChanged(engine, client.userId);
  return {
    [Symbol.dispose]: () => {
      entry.syncs -= 1;
      endLater(engine, client, entry);
    },
  };
};

const clientsOf = (engine: Engine, userId: UserId): LocalClients => {
  const known = engine.presence.clients.get(userId);
  if (known !== undefined) return known;
  const clients: LocalClients = { states: new Map(), lastActiveTs: engine.clock.now(), toldTs: 0 };
  engine.presence.clients.set(userId, clients);
  return clients;
};

const clientState = (clients: LocalClients, deviceId: string): ClientState => {
  const known = clients.states.get(deviceId);
  if (known !== undefined) return known;
  const entry: ClientState = { state: 'offline', syncs: 0, end: undefined };
  clients.states.set(deviceId, entry);
  return entry;
};

const endLater = (engine: Engine, { userId, deviceId }: LocalClient, entry: ClientState): void => {
  if (entry.syncs > 0) return;
  entry.end?.[Symbol.dispose]();
  entry.end = engine.clock.schedule(CLIENT_LIFETIME_MS, () => {
    engine.presence.clients.get(userId)?.states.delete(deviceId);
    if (engine.signal.aborted) return;
    presenceChanged(engine, userId).catch((error: unknown) => {
      engine.log.error('presence not told', error, { user: userId });
    });
  });
};

const order: readonly PresenceState[] = ['online', 'unavailable', 'offline'];

/** Called whenever something that makes up a local user's presence may have changed. */
export const presenceChanged = async (engine: Engine, userId: UserId): Promise<void> => {
  const clients = clientsOf(engine, userId);
  const said = new Set([...clients.states.values()].map((entry) => entry.state));
  const settings = await engine.store.read(async (reader) => {
    const userNid = await engine.names.userNid(reader, userId);
    return userNid === undefined ? undefined : presenceSettings(engine, reader, userId, userNid);
  });
  const invisible = settings?.invisible === true;
  const state = invisible ? 'offline' : (order.find((one) => said.has(one)) ?? 'offline');
  const isNew = engine.presence.set(userId, {
    state,
    lastActiveTs: invisible ? undefined : clients.lastActiveTs,
    statusMsg: invisible ? undefined : settings?.statusMsg,
  });
  const now = engine.clock.now();
  if (!isNew && (state === 'offline' || now - clients.toldTs < REPEAT_MS)) return;
  clients.toldTs = now;
  await tell(engine, userId, isNew);
};

/** Tells local syncs, and the servers that share a room with this user: nobody else. */
const tell = async (engine: Engine, userId: UserId, isNew: boolean): Promise<void> => {
  const { roomNids, serverNids } = await engine.store.read((reader) => audience(engine, reader, userId));
  if (isNew) engine.notifier.publish({ roomNids });
  if (serverNids.length === 0) return;
  await sendPresence(engine, userId, serverNids);
};

/** Says to these servers how a local user is now. */
export const sendPresence = async (
  engine: Engine,
  userId: UserId,
  serverNids: readonly number[],
): Promise<void> => {
  const heard = await permittedServers(engine, userId, serverNids);
  if (heard.length === 0) return;
  const { state, lastActiveTs, statusMsg } = engine.presence.get(userId);
  await engine.outbound.sendEdu({
    serverNids: heard,
    edu: {
      edu_type: 'm.presence',
      content: {
        push: [
          {
            user_id: userId,
            presence: state,
            last_active_ago: lastActiveTs === undefined ? 0 : Math.max(0, engine.clock.now() - lastActiveTs),
            currently_active: state === 'online',
            ...(statusMsg === undefined ? {} : { status_msg: statusMsg }),
          },
        ],
      },
    },
    replaceKey: `m.presence/${userId}`,
  });
};

/** Those of the servers that this user may take part in rooms with. */
const permittedServers = async (
  engine: Engine,
  user: UserId,
  serverNids: readonly number[],
): Promise<readonly number[]> => {
  const found: number[] = [];
  for (const nid of serverNids) {
    const server = await engine.store.read((reader) => engine.names.serverName(reader, nid));
    const answer = await engine.policy.ask({ kind: 'speak-outside', user, servers: [server] });
    if (answer.allowed) found.push(nid);
  }
  return found;
};

const audience = async (engine: Engine, reader: StoreReader, userId: UserId) => {
  const userNid = await engine.names.userNid(reader, userId);
  const own = await engine.names.serverNid(reader, engine.serverName);
  const roomNids: number[] = [];
  const servers = new Set<number>();
  const rows =
    userNid === undefined
      ? []
      : await reader.scan(memberships, { index: 'by_user', where: { user_nid: userNid }, limit: MAX_ROOMS });
  for (const { room_nid, membership } of rows) {
    if (membership !== 'join') continue;
    roomNids.push(room_nid);
    const room = await reader.get(rooms, { room_nid });
    if (room?.federate !== 1) continue;
    for (const { server_nid } of await reader.scan(roomServers, { where: { room_nid } })) {
      if (server_nid !== own) servers.add(server_nid);
    }
  }
  return { roomNids, serverNids: [...servers] };
};
