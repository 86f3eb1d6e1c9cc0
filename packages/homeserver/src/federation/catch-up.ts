/**
 * After a restore: asks the other servers of each room which events are its newest, and takes in what is missing. They
 * delivered it before and will not do so again by themselves.
 *
 * The newest events of a room are what the draft of a leave would follow; the draft itself is thrown away.
 *
 * @see https://spec.matrix.org/v1.19/server-server-api/#get_matrixfederationv1make_leaveroomiduserid
 */
import {
  type EventId,
  isJsonArray,
  isJsonObject,
  prevEventIds,
  readReferences,
  type ServerName,
} from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import { roomByNid, rulesOf } from '../rooms/current-state.ts';
import type { VerifiedPdu } from '../rooms/receive-pdu.ts';
import { otherServers } from '../rooms/servers-in-room.ts';
import { memberships, type RoomRow, roomsToCatchUp, stagedPdus } from '../store/schema.ts';
import { drainStaged } from './process-staged.ts';
import { path, requestRemote } from './signed-request.ts';
import { verifyPdus } from './verify-pdu.ts';
import type { ServersWork } from './work-for-servers.ts';

/** Servers asked about one room. Each may have news that the others lack. */
const MAX_SERVERS = 3;
/** Local members tried: some may have left since. */
const MAX_MEMBERS = 5;
/** A room has one or two newest events, and at most 20 may be followed by one event. */
const MAX_NEWEST = 20;

/** Woken at the start. */
export const catchingUp: ServersWork = {
  fault: 'catching up failed',
  run: async (engine) => {
    const away = new Set<ServerName>();
    for (const { room_nid } of await engine.store.read((reader) => reader.scan(roomsToCatchUp, {}))) {
      if (engine.signal.aborted) break;
      for (const server of await catchUpRoom(engine, room_nid)) away.add(server);
    }
    return away;
  },
};

/** Returns the servers to try again when none answered. A refusal is an answer. */
const catchUpRoom = async (engine: Engine, roomNid: number): Promise<readonly ServerName[]> => {
  const { room, servers, people } = await engine.store.read(async (reader) => {
    const members = await reader.scan(memberships, {
      index: 'by_membership',
      where: { room_nid: roomNid, membership: 'join', local: 1 },
      limit: MAX_MEMBERS,
    });
    const names: string[] = [];
    for (const { user_nid } of members) names.push(await engine.names.userId(reader, user_nid));
    return {
      room: await roomByNid(reader, roomNid),
      servers: await otherServers(engine, reader, roomNid),
      people: names,
    };
  });
  const away: ServerName[] = [];
  let answered = 0;
  for (const server of servers.slice(0, MAX_SERVERS)) {
    if (room === undefined || engine.signal.aborted) break;
    const newest = await newestEvents(engine, server, room, people);
    if (newest === 'away') away.push(server);
    else {
      answered += 1;
      await takeIn(engine, server, room, newest);
    }
  }
  if (answered === 0 && away.length > 0) return away;
  if (!engine.signal.aborted) {
    await engine.store.transact((tx) => tx.delete(roomsToCatchUp, { room_nid: roomNid }));
  }
  return [];
};

/** The newest events of a room as a server has them, asked in the name of one of these people; none when it refuses. */
export const newestEvents = async (
  engine: Engine,
  server: ServerName,
  room: RoomRow,
  people: readonly string[],
): Promise<readonly EventId[] | 'away'> => {
  for (const userId of people) {
    const answer = await requestRemote(engine, {
      destination: server,
      method: 'GET',
      path: path`/_matrix/federation/v1/make_leave/${room.room_id}/${userId}`,
    });
    if (answer.kind === 'failed') return 'away';
    const draft = answer.kind === 'ok' ? answer.body['event'] : undefined;
    if (!isJsonObject(draft)) continue;
    const prev_events = readReferences(rulesOf(room), draft['prev_events']);
    if (prev_events !== undefined) return prevEventIds({ prev_events }).slice(0, MAX_NEWEST);
  }
  engine.log.info('a server does not say which events are its newest', { server, room_id: room.room_id });
  return [];
};

/** Fetches those that we lack and stages them; what lies between them and ours is found on the way. */
const takeIn = async (
  engine: Engine,
  server: ServerName,
  room: RoomRow,
  newest: readonly EventId[],
): Promise<void> => {
  const found: VerifiedPdu[] = [];
  for (const eventId of newest) {
    const known = await engine.store.read((reader) => engine.events.byId(reader, eventId));
    if (known !== undefined && known.stateBefore !== null) continue;
    const answer = await requestRemote(engine, {
      destination: server,
      method: 'GET',
      path: path`/_matrix/federation/v1/event/${eventId}`,
    });
    const pdus = answer.kind === 'ok' ? answer.body['pdus'] : undefined;
    const verified = await verifyPdus(engine, rulesOf(room), isJsonArray(pdus) ? pdus : [], server);
    found.push(...verified.filter(({ pdu }) => pdu.room_id === room.room_id));
  }
  engine.log.info('caught up with a server', { server, room_id: room.room_id, newest: found.length });
  if (found.length === 0) return;
  await engine.store.transact(async (tx) => {
    for (const { eventId, pdu } of found) {
      await tx.insert(stagedPdus, {
        sequence: await tx.next('staged_pdu'),
        room_id: room.room_id,
        event_id: eventId,
        origin: server,
        json: JSON.stringify(pdu),
        received_ts: engine.clock.now(),
      });
    }
  });
  await drainStaged(engine, room.room_id);
};
