/**
 * Rooms that were entered while most of their members were left out. Until these are here, some of what a room's state
 * says is taken on the word of others: which servers are in it, and who somebody is that speaks.
 *
 * @see https://spec.matrix.org/v1.19/server-server-api/#put_matrixfederationv2send_joinroomideventid
 */
import type { ServerName } from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import type { StoredEvent } from '../rooms/event-cache.ts';
import { hasOutsiders } from '../rooms/servers-in-room.ts';
import { leftOutMembers, roomServers, rooms } from '../store/schema.ts';
import type { StoreReader, StoreTx } from '../store/store.ts';
import type { RowOf } from '../store/table.ts';

/** Servers written in one commit: about 10 ms of work. */
const STEP = 128;

/** A room whose members are awaited. */
export type LeftOut = RowOf<typeof leftOutMembers>;

/** A room has several where two people of ours entered it at once; none where its members are here. */
export const leftOutOf = (reader: StoreReader, room_nid: number): Promise<readonly LeftOut[]> =>
  reader.scan(leftOutMembers, { where: { room_nid } });

/** Whether the states of a room lack members that are fetched. */
export const lacksMembers = async (reader: StoreReader, room_nid: number): Promise<boolean> =>
  (await reader.first(leftOutMembers, { where: { room_nid } })) !== undefined;

/** From now on the members of this room are awaited; `base` is the join with which it was entered. */
export const noteLeftOut = async (
  engine: Engine,
  tx: StoreTx,
  { roomNid: room_nid, eventNid: event_nid, stream }: StoredEvent,
  server: ServerName,
): Promise<void> => {
  const next_ts = engine.clock.now();
  const waiting = { total: null, next_ts, tries: 0, reason: null, fetched: 0 };
  await tx.put(leftOutMembers, { room_nid, event_nid, server, ...waiting });
  await noteOutsiders(engine, tx, room_nid, stream);
};

/** Before `noteLeftOut`, in small commits: these servers are in the room until its members are here. */
export const believeServers = async (
  engine: Engine,
  room_nid: number,
  servers: readonly ServerName[],
): Promise<void> => {
  const names = [...new Set(servers)].filter((name) => name !== engine.serverName);
  for (let at = 0; at < names.length; at += STEP) {
    await engine.store.transact(async (tx) => {
      for (const name of names.slice(at, at + STEP)) {
        const key = { room_nid, server_nid: await engine.names.internServer(tx, name) };
        const known = await tx.get(roomServers, key);
        await tx.put(roomServers, { joined: 0, since: null, ...known, ...key, believed: 1 });
      }
    });
  }
};

/** Of servers whose members are known nothing needs to be believed any more; in small commits. */
export const settleBelieved = async (engine: Engine, room_nid: number): Promise<void> => {
  const rows = await engine.store.read((reader) => reader.scan(roomServers, { where: { room_nid } }));
  const known = rows.filter(({ believed, joined }) => believed === 1 && joined > 0);
  for (let at = 0; at < known.length; at += STEP) {
    await engine.store.transact(async (tx) => {
      for (const { server_nid } of known.slice(at, at + STEP)) {
        const row = await tx.get(roomServers, { room_nid, server_nid });
        if (row !== undefined && row.joined > 0) await tx.put(roomServers, { ...row, believed: null });
      }
    });
  }
};

/** They are here, or nobody waits for them any more. */
export const endLeftOut = async (engine: Engine, tx: StoreTx, room_nid: number): Promise<void> => {
  if (!(await lacksMembers(tx, room_nid))) return;
  await tx.deleteRange(leftOutMembers, { where: { room_nid } });
  await endBelief(engine, tx, room_nid);
};

/** Servers without a known member are not in the room any more, but for `except`. */
export const endBelief = async (
  engine: Engine,
  tx: StoreTx,
  room_nid: number,
  except?: string,
): Promise<void> => {
  const kept = except === undefined ? undefined : await engine.names.serverNid(tx, except);
  for (const row of await tx.scan(roomServers, { where: { room_nid } })) {
    if (row.believed !== 1 || row.server_nid === kept) continue;
    const key = { room_nid, server_nid: row.server_nid };
    if (row.joined > 0) await tx.update(roomServers, key, { believed: null });
    else await tx.delete(roomServers, key);
  }
  await noteOutsiders(engine, tx, room_nid, null);
};

/** Since when the room is shared with others follows from the servers in it. */
const noteOutsiders = async (
  engine: Engine,
  tx: StoreTx,
  room_nid: number,
  stream: number | null,
): Promise<void> => {
  const room = await tx.get(rooms, { room_nid });
  if (room === undefined) return;
  const shared = await hasOutsiders(engine, tx, room_nid);
  if (shared === (room.shared_since !== null)) return;
  await tx.update(rooms, { room_nid }, { shared_since: shared ? (stream ?? 0) : null });
};

/** Whether a server is in a room only by the word of another one. */
export const isBelieved = async (
  engine: Engine,
  reader: StoreReader,
  room_nid: number,
  server: ServerName,
): Promise<boolean> => {
  const server_nid = await engine.names.serverNid(reader, server);
  if (server_nid === undefined) return false;
  return (await reader.get(roomServers, { room_nid, server_nid }))?.believed === 1;
};
