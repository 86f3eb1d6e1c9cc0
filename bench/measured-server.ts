/** The server that is measured: the engine on an SQLite file with all its durability, in this process. */
import { join } from 'node:path';
import {
  createHomeserver,
  createRoom,
  type Engine,
  engineTables,
  forwardExtremities,
  type Homeserver,
  joinRoom,
  type Log,
  roomById,
  type Store,
  stateEvent,
} from '@causeway/homeserver';
import { parseUserId, type RoomId, type UserId, depthOf } from '@causeway/protocol';
import { openSqliteStore } from '@causeway/storage';
import { createMemoryBlobs } from '@causeway/testing';
import { receivePdu } from '../packages/homeserver/src/rooms/receive-pdu.ts';
import { type MadeEvent, PeerRoom, type RemotePeer } from './remote-peer.ts';

export const MEASURED_SERVER_NAME = 'measured.test';

export interface MeasuredServer extends AsyncDisposable {
  readonly engine: Engine;
  readonly store: Store;
}

export const openMeasuredServer = async (
  folder: string,
  { transport }: Pick<RemotePeer, 'transport'>,
  log = failingLog,
): Promise<MeasuredServer> => {
  const store = await openSqliteStore({ path: join(folder, 'causeway.db'), tables: engineTables });
  const homeserver: Homeserver = await createHomeserver(
    { serverName: MEASURED_SERVER_NAME, signingKey: { seed: Buffer.alloc(32, 9), version: 'bench' } },
    {
      store,
      blobs: createMemoryBlobs(),
      transport,
      directory: { exists: async () => true, profile: async () => ({}) },
      policy: { ask: async () => ({ allowed: true }) },
      log,
    },
  );
  return {
    engine: homeserver.engine,
    store,
    [Symbol.asyncDispose]: async () => {
      await homeserver[Symbol.asyncDispose]();
      await store[Symbol.asyncDispose]();
    },
  };
};

/** A bench that drops events measures nothing. */
const fail = (event: string, fields: object = {}) => {
  throw new Error(`${event} ${JSON.stringify(fields)}`);
};
const failingLog: Log = { info: fail, warn: fail, error: (event, error) => console.error(event, error) };

export const localUser = (localpart: string): UserId => {
  const userId = parseUserId(`@${localpart}:${MEASURED_SERVER_NAME}`);
  if (userId === undefined) throw new Error(`bad localpart ${localpart}`);
  return userId;
};

/** A public room of the measured server with these of its users, ready for users of the peer to join. */
export const openRoom = async (
  engine: Engine,
  peer: RemotePeer,
  localparts: readonly string[],
): Promise<PeerRoom> => {
  const [creator, ...others] = localparts.map(localUser);
  if (creator === undefined) throw new Error('a room needs a creator');
  const roomId = await createRoom(engine, creator, { preset: 'public_chat', name: 'Bench' });
  for (const userId of others) await joinRoom(engine, { userId, roomIdOrAlias: roomId, via: [] });
  return roomOf(engine, peer, roomId, creator);
};

const roomOf = (engine: Engine, peer: RemotePeer, roomId: RoomId, creator: UserId): Promise<PeerRoom> =>
  engine.store.read(async (reader) => {
    const room = await roomById(reader, roomId);
    if (room === undefined) throw new Error(`no room ${roomId}`);
    const state = async (type: string, stateKey = '') => {
      const event = await stateEvent(engine, reader, room, type, stateKey);
      if (event === undefined) throw new Error(`the room has no ${type}`);
      return event.eventId;
    };
    const [extremity] = await reader.scan(forwardExtremities, { where: { room_nid: room.room_nid } });
    const tip = await engine.events.byNid(reader, extremity?.event_nid ?? 0);
    return new PeerRoom(peer, {
      roomId,
      roomVersion: room.room_version,
      tip: { eventId: tip.eventId, depth: Number(depthOf(tip.pdu)) },
      create: await state('m.room.create'),
      powerLevels: await state('m.room.power_levels'),
      joinRules: await state('m.room.join_rules'),
      creator,
      creatorMembership: await state('m.room.member', creator),
    });
  });

const EVENTS_PER_COMMIT = 250;

/** Puts events into a room through the door, without their signatures: preparation only. */
export const receiveAll = async (
  engine: Engine,
  roomId: RoomId,
  events: readonly MadeEvent[],
): Promise<void> => {
  for (let at = 0; at < events.length; at += EVENTS_PER_COMMIT) {
    await engine.store.transact(async (tx) => {
      for (const event of events.slice(at, at + EVENTS_PER_COMMIT)) {
        const room = await roomById(tx, roomId);
        if (room === undefined) throw new Error(`no room ${roomId}`);
        const verdict = await receivePdu(engine, tx, room, event);
        if (verdict.kind !== 'accepted') throw new Error(`${event.eventId}: ${JSON.stringify(verdict)}`);
      }
    });
  }
};
