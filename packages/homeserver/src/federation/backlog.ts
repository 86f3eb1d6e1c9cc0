/** How much waits to go out and to be worked through, over all servers together. */
import type { Engine } from '../engine.ts';
import { destinations, outbox, roomServers, stagedPdus } from '../store/schema.ts';
import type { StoreReader } from '../store/store.ts';
import type { DestinationRow } from './destination.ts';
import { SetMembers } from './destination-sets.ts';
import { waitingEdus } from './edu-backlog.ts';

/** How much waits to go out and to be worked through, over all servers. Times are milliseconds since the epoch. */
export type Backlog = {
  /** Servers that things were ever sent to, and those whose last delivery failed. */
  readonly destinations: number;
  readonly failing: number;
  /** Deliveries that wait: an event, or an EDU that must arrive, counts twice that two servers lack. See `MAX_ROWS`. */
  readonly waiting: number;
  /** When the oldest of them was made. */
  readonly oldestWaitingTs: number | undefined;
  /** PDUs of others that are acknowledged and not yet judged. */
  readonly staged: number;
  readonly oldestStagedTs: number | undefined;
  /** Servers that have joined members in a room of ours. */
  readonly servers: number;
};

/** Outbox rows looked at; with more than these waiting the exact number matters to nobody. */
const MAX_ROWS = 20_000;
const PAGE = 500;

/** Counts what waits, now. It takes time with the number of servers that are behind. */
export const readBacklog = (engine: Engine): Promise<Backlog> =>
  engine.store.read(async (reader) => {
    const rows = await reader.scan(destinations, {});
    const oldestStaged = await reader.first(stagedPdus, {});
    return {
      destinations: rows.length,
      failing: rows.filter(({ failures }) => failures > 0).length,
      ...(await waitingFor(engine, reader, rows.filter(isBehind))),
      staged: await reader.count(stagedPdus, {}),
      oldestStagedTs: oldestStaged?.received_ts,
      servers: await countServers(reader),
    };
  });

/** A cursor moves only with what is sent: a server without anything to send stays far behind, and lacks nothing. */
const isBehind = ({ failures, txn_id }: DestinationRow): boolean => failures > 0 || txn_id !== null;

const waitingFor = async (engine: Engine, reader: StoreReader, behind: readonly DestinationRow[]) => {
  const cursors = new Map(behind.map(({ server_nid, cursor }) => [server_nid, cursor]));
  const members = new SetMembers(reader);
  let waiting = 0;
  let oldestWaitingTs: number | undefined;
  let after = Math.min(...cursors.values());
  for (let seen = 0; behind.length > 0 && seen < MAX_ROWS; seen += PAGE) {
    const page = await reader.scan(outbox, { gt: after, limit: PAGE });
    for (const { position, event_nid, destination_set } of page) {
      const servers = await members.of(destination_set);
      const lacking = servers.filter((nid) => (cursors.get(nid) ?? Number.POSITIVE_INFINITY) < position);
      waiting += lacking.length;
      if (lacking.length > 0) {
        oldestWaitingTs ??= (await engine.events.byNid(reader, event_nid)).pdu.origin_server_ts;
      }
      after = position;
    }
    if (page.length < PAGE) break;
  }
  const edus = await waitingEdus(reader, new Set(cursors.keys()));
  for (const { edus: count, oldestTs } of edus.waiting.values()) {
    waiting += count;
    oldestWaitingTs = Math.min(oldestWaitingTs ?? oldestTs, oldestTs);
  }
  return { waiting, oldestWaitingTs };
};

const countServers = async (reader: StoreReader): Promise<number> => {
  let count = 0;
  for (let last = 0; ; count++) {
    const row = await reader.first(roomServers, { index: 'by_server', gt: last });
    if (row === undefined) return count;
    last = row.server_nid;
  }
};
