/** What became of what local people sent: which organisations have it, and who is waited for, and why. */
import type { ServerName, UserId } from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import { notFound } from '../matrix-error.ts';
import { openJoinedRoom } from '../reading/room-access.ts';
import { decodeNids } from '../rooms/event-cache.ts';
import { destinationSets, destinations, outbox, pdusSetAside, roomServers } from '../store/schema.ts';
import type { StoreReader } from '../store/store.ts';
import { faultOf } from '../refusals.ts';

/** Who asks about a room, from which device. */
export type RoomMember = { readonly userId: UserId; readonly deviceId: string; readonly roomId: string };

/** How far an event has come to the servers that it goes to. */
export type Delivery = {
  /** Organisations that the event goes to; 0 for one that nobody else gets, or that came from elsewhere. */
  readonly organisations: number;
  /** How many of them have it. */
  readonly delivered: number;
  readonly waiting: readonly WaitingServer[];
};

/** A server that has not taken an event yet, and why. */
export type WaitingServer = {
  readonly serverName: ServerName;
  /** Since when nothing gets through, in milliseconds; for a first attempt, when the event was made. */
  readonly sinceTs: number;
  /** In words. */
  readonly reason: string;
};

const UNDER_WAY = 'It is being sent.';

/** @throws M_FORBIDDEN for who is not in the room, M_NOT_FOUND for an event that is not in it */
export const deliveryOf = (
  engine: Engine,
  input: RoomMember & { readonly eventId: string },
): Promise<Delivery> =>
  engine.store.read(async (reader) => {
    const { room } = await openJoinedRoom(engine, reader, input, input.roomId);
    const event = await engine.events.byId(reader, input.eventId);
    if (event?.roomNid !== room.room_nid) throw notFound(faultOf('event-unknown'));
    const sent = await reader.first(outbox, { index: 'by_event', where: { event_nid: event.eventNid } });
    const set = sent && (await reader.get(destinationSets, { destination_set: sent.destination_set }));
    if (sent === undefined || set === undefined) return { organisations: 0, delivered: 0, waiting: [] };
    const waiting: WaitingServer[] = [];
    const servers = decodeNids(set.members);
    for (const server_nid of servers) {
      const destination = await reader.get(destinations, { server_nid });
      const refused = await reader.get(pdusSetAside, { server_nid, event_nid: event.eventNid });
      if (refused !== undefined) {
        const serverName = await engine.names.serverName(reader, server_nid);
        waiting.push({ serverName, sinceTs: refused.set_aside_ts, reason: refused.reason });
        continue;
      }
      // The cursor moves when a transaction was answered with 200, not when it is frozen.
      if (destination !== undefined && destination.cursor >= sent.position) continue;
      waiting.push({
        serverName: await engine.names.serverName(reader, server_nid),
        sinceTs: destination?.first_failure_ts ?? event.pdu.origin_server_ts,
        reason: destination?.last_error ?? UNDER_WAY,
      });
    }
    return { organisations: servers.length, delivered: servers.length - waiting.length, waiting };
  });

/** A server with members in a room, and whether it can be reached. Times are milliseconds since the epoch. */
export type Organisation = {
  readonly serverName: ServerName;
  /** Joined members of this room. */
  readonly members: number;
  readonly reachable: boolean;
  /** Set while it cannot be reached: since when, and why. */
  readonly waitingSinceTs?: number;
  readonly reason?: string;
  /** When it last took something from us. */
  readonly lastSuccessTs?: number;
};

/** The other organisations of a room, those with most members first. @throws M_FORBIDDEN */
export const organisationsOf = (engine: Engine, input: RoomMember): Promise<readonly Organisation[]> =>
  engine.store.read(async (reader) => {
    const { room } = await openJoinedRoom(engine, reader, input, input.roomId);
    const rows = await reader.scan(roomServers, { where: { room_nid: room.room_nid } });
    const found: Organisation[] = [];
    for (const row of [...rows].sort((a, b) => b.joined - a.joined)) {
      const serverName = await engine.names.serverName(reader, row.server_nid);
      if (serverName === engine.serverName) continue;
      found.push({
        serverName,
        members: row.joined,
        ...(await reachability(reader, row.server_nid)),
      });
    }
    return found;
  });

const reachability = async (
  reader: StoreReader,
  server_nid: number,
): Promise<Omit<Organisation, 'serverName' | 'members'>> => {
  const row = await reader.get(destinations, { server_nid });
  const last = row?.last_success_ts ?? null;
  const since = row?.first_failure_ts ?? null;
  return {
    reachable: since === null,
    ...(since === null ? {} : { waitingSinceTs: since }),
    ...(since === null || row?.last_error == null ? {} : { reason: row.last_error }),
    ...(last === null ? {} : { lastSuccessTs: last }),
  };
};

/** Tries at once to reach a server that things wait for. @throws M_NOT_FOUND for one never heard of */
export const retryDestination = async (engine: Engine, server: ServerName): Promise<void> => {
  const serverNid = await engine.store.read((reader) => engine.names.serverNid(reader, server));
  if (serverNid === undefined) throw notFound(faultOf('nothing-sent', { server }));
  engine.outbound.retryNow(serverNid);
};
