/** Writes an event to the outbox: one row, with the interned set of servers that it goes to. */
import { parseUserId, serverNameOf } from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import { noteDestinations } from '../federation/destination.ts';
import { internSet } from '../federation/destination-sets.ts';
import { outbox, type RoomRow, roomServers } from '../store/schema.ts';
import type { StoreTx } from '../store/store.ts';
import type { StoredEvent } from './event-cache.ts';

/**
 * Goes to every server with a joined member, to those that just lost their last one, and to the server of
 * the user whom a kick, ban or withdrawn invitation is about. Rooms of this server only go nowhere.
 */
export const enqueueForServers = async (
  engine: Engine,
  tx: StoreTx,
  room: RoomRow,
  event: StoredEvent,
  leftServers: readonly number[],
  except: string | undefined,
): Promise<readonly number[]> => {
  if (room.federate === 0) return [];
  const joined = await tx.scan(roomServers, { where: { room_nid: room.room_nid } });
  const servers = new Set([...joined.map((row) => row.server_nid), ...leftServers]);
  const target = event.pdu.type === 'm.room.member' ? parseUserId(event.pdu.state_key ?? '') : undefined;
  if (target !== undefined && event.pdu.content['membership'] !== 'invite') {
    servers.add(await engine.names.internServer(tx, serverNameOf(target)));
  }
  for (const name of [engine.serverName, except]) {
    const nid = name === undefined ? undefined : await engine.names.serverNid(tx, name);
    if (nid !== undefined) servers.delete(nid);
  }
  return enqueueFor(engine, tx, event, [...servers]);
};

/** Writes an event to the outbox for these servers, and returns them. */
export const enqueueFor = async (
  engine: Engine,
  tx: StoreTx,
  event: StoredEvent,
  servers: readonly number[],
): Promise<readonly number[]> => {
  if (servers.length === 0) return [];
  const destinations = servers.toSorted((a, b) => a - b);
  const position = await tx.next('outbox');
  await noteDestinations(tx, destinations, position, engine.outbound.noted);
  await tx.insert(outbox, {
    position,
    event_nid: event.eventNid,
    destination_set: await internSet(tx, destinations),
  });
  return destinations;
};
