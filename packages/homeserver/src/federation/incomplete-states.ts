/**
 * States that another server told us and that could not be verified as a whole, because the keys of some servers could not
 * be had: what is left of them is kept, so that it can be verified later without asking for it again. Nobody else gets a
 * say in what the state was.
 */
import type { ServerName } from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import type { StoredEvent } from '../rooms/event-cache.ts';
import { listToRejudge } from '../rooms/rejudge-events.ts';
import type { RoomRow } from '../store/schema.ts';
import { eventsToRejudge, incompleteStates, unverifiedEvents } from '../store/incomplete-tables.ts';
import type { StoreReader, StoreTx } from '../store/store.ts';
import type { RowOf } from '../store/table.ts';
import { endLeftOut, leftOutOf } from './left-out-members.ts';
import type { StagedEvent } from './stage-outliers.ts';

/** Events stored in one commit. */
const BATCH = 40;

export type IncompleteState = RowOf<typeof incompleteStates>;
type UnverifiedRow = RowOf<typeof unverifiedEvents>;

/** An event of a state, or of its auth chain, that is kept to be verified later. */
export type UnverifiedEvent = Pick<UnverifiedRow, 'event_id' | 'server' | 'kind' | 'json'>;

/** `server`: whose keys are missing; left out when others of these events are. */
export const asUnverified = (event: StagedEvent, server: ServerName | '' = ''): UnverifiedEvent => ({
  event_id: event.eventId,
  server,
  kind: !event.inState ? 'auth' : event.pdu.type === 'm.room.member' ? 'member' : 'state',
  json: JSON.stringify(event.pdu),
});

/** Keeps what could not be verified of the state before an event. Nobody looks at it before that event is noted. */
export const keepUnverified = async (
  engine: Engine,
  roomId: string,
  baseEventId: string,
  unverified: readonly UnverifiedEvent[],
): Promise<void> => {
  if (unverified.length === 0) return;
  for (let at = 0; at < unverified.length; at += BATCH) {
    await engine.store.transact(async (tx) => {
      for (const event of unverified.slice(at, at + BATCH)) {
        await tx.put(unverifiedEvents, { room_id: roomId, base_event_id: baseEventId, ...event });
      }
    });
  }
  engine.log.info('a state is not whole yet: keys can not be had', {
    room_id: roomId,
    events: unverified.length,
    servers: [...new Set(unverified.map(({ server }) => server))].filter(Boolean).join(' '),
  });
};

/** From now on the state before this event is one that is known in part. */
export const noteIncomplete = async (engine: Engine, tx: StoreTx, base: StoredEvent): Promise<void> => {
  const now = engine.clock.now();
  const oldest = await tx.first(incompleteStates, { where: { room_nid: base.roomNid } });
  await tx.put(incompleteStates, {
    room_nid: base.roomNid,
    event_nid: base.eventNid,
    // What is listed to be judged anew reaches back to the oldest.
    since_ts: oldest?.since_ts ?? now,
    next_ts: now + RETRY_AFTER_MS,
    tries: 0,
    rejudging: 0,
  });
  await listToRejudge(engine, tx, base);
};

/** The first try after a failure; a server whose keys could not be fetched is not asked sooner. */
export const RETRY_AFTER_MS = 30_000;
/** Doubled with each try in vain, up to this. Some servers never come back. */
export const LONGEST_RETRY_MS = 6 * 3_600_000;

/** Whoever enters a room anew, or has left it, needs nothing of the last time. */
export const forgetIncomplete = async (
  engine: Engine,
  tx: StoreTx,
  { room_id, room_nid }: RoomRow,
): Promise<void> => {
  for (const { event_nid } of await tx.scan(incompleteStates, { where: { room_nid } })) {
    const { eventId } = await engine.events.byNid(tx, event_nid);
    await tx.deleteRange(unverifiedEvents, { where: { room_id, base_event_id: eventId } });
  }
  await endLeftOut(engine, tx, room_nid);
  await tx.deleteRange(incompleteStates, { where: { room_nid } });
  await tx.deleteRange(eventsToRejudge, { where: { room_nid } });
};

/** What was kept for an event that was not taken in after all; nothing when it was before, and is noted. */
export const forgetUnverified = (engine: Engine, room_id: string, base_event_id: string): Promise<void> =>
  engine.store.transact(async (tx) => {
    const base = await engine.events.byId(tx, base_event_id);
    const noted =
      base && (await tx.get(incompleteStates, { room_nid: base.roomNid, event_nid: base.eventNid }));
    if (noted === undefined) await tx.deleteRange(unverifiedEvents, { where: { room_id, base_event_id } });
  });

/** The servers whose keys are missing for a state. */
export const serversAwaited = async (
  reader: StoreReader,
  state: { readonly room_id: string; readonly base_event_id: string },
): Promise<readonly string[]> => {
  const servers: string[] = [];
  for (let after = ''; ; ) {
    const row = await reader.first(unverifiedEvents, { index: 'by_server', where: state, gt: after });
    if (row === undefined) return servers;
    servers.push(row.server);
    after = row.server;
  }
};

/** What is not known yet of a room; undefined when nothing is missing. */
export type NotYetKnown = {
  readonly members: number;
  /** Other events of the state. */
  readonly others: number;
  /** Whose keys could not be had. */
  readonly servers: readonly string[];
  /** Set while the members are fetched that were left out at the join. */
  readonly leftOut?: LeftOutMembers;
};

/** Members who were left out at the join. */
export type LeftOutMembers = {
  /** Joined members that there are, as the server counts them through which the room was joined. */
  readonly total?: number;
  /** That server: it is asked first. */
  readonly server: string;
  /** How often it was tried in vain; `reason`: why, the last time; `nextTs`: when it is tried again. */
  readonly tries: number;
  readonly reason?: string;
  readonly nextTs: number;
};

/** Servers that are named. */
const MAX_NAMED = 50;

/** Of several incomplete states of a room, the one that lacks most is described. */
export const notYetKnown = async (
  events: Pick<Engine, 'events'>,
  reader: StoreReader,
  { room_id, room_nid }: RoomRow,
): Promise<NotYetKnown | undefined> => {
  let most: NotYetKnown | undefined;
  for (const { event_nid } of await reader.scan(incompleteStates, { where: { room_nid } })) {
    const state = { room_id, base_event_id: (await events.events.byNid(reader, event_nid)).eventId };
    const known = { members: 0, others: 0 };
    const servers = await serversAwaited(reader, state);
    for (const server of ['', ...servers]) {
      const of = (kind: string) =>
        reader.count(unverifiedEvents, { index: 'by_server', where: { ...state, server, kind } });
      known.members += await of('member');
      known.others += await of('state');
    }
    const all = { ...known, servers: servers.slice(0, MAX_NAMED) };
    if (most === undefined || all.members + all.others > most.members + most.others) most = all;
  }
  const [row] = await leftOutOf(reader, room_nid);
  if (row === undefined || most === undefined) return most;
  const { server, tries, total, reason, next_ts: nextTs } = row;
  const said = { ...(total === null ? {} : { total }), ...(reason === null ? {} : { reason }) };
  return { ...most, leftOut: { server, tries, nextTs, ...said } };
};
