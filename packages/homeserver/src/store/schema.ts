/**
 * Everything the engine keeps, table by table. `*_nid` columns are the engine's own integers for events,
 * rooms, users, servers and (type, state key) pairs: long strings are stored once.
 *
 * Positions. A `stream` position numbers what happened on this server, in the order of commits, over all
 * rooms and kinds of data: sync tokens are stream positions. A timeline `position` orders the events of one
 * room for reading: a live event's is its stream position times `TIMELINE_STRIDE`; an event that was
 * fetched later (backfill, a filled gap) is put directly below the event whose parent it is, so that a
 * remote's `depth` never decides the order.
 */
import { keyAnswers, ownKeys, serverKeys } from './key-tables.ts';
import { defineTable, type RowOf } from './table.ts';
import { deviceTables } from './device-tables.ts';
import { identityTables } from './identity-tables.ts';
import { exchangeTables } from './exchange-tables.ts';
import { upkeepTables } from './upkeep-tables.ts';
import { invitationTables } from './invitation-tables.ts';
import { incompleteTables } from './incomplete-tables.ts';
import { mediaTables } from './media-tables.ts';
import { searchTables } from './search-tables.ts';

export * from './device-tables.ts';
export * from './identity-tables.ts';
export * from './exchange-tables.ts';
export * from './incomplete-tables.ts';
export * from './invitation-tables.ts';
export * from './media-tables.ts';
export * from './search-tables.ts';
export * from './upkeep-tables.ts';

/** Room left between two live events of a timeline for older events that are fetched later. */
export const TIMELINE_STRIDE = 2 ** 20;

// ── Strings that are stored once ────────────────────────────────────────────────────────────────────────

/** Server names by their numbers in this store. */
export const servers = defineTable({
  name: 'servers',
  columns: { server_nid: 'integer', server_name: 'text' },
  key: ['server_nid'],
  indexes: { by_name: { columns: ['server_name'], unique: true } },
});

/** User IDs by their numbers in this store. */
export const users = defineTable({
  name: 'users',
  columns: { user_nid: 'integer', user_id: 'text', server_nid: 'integer' },
  key: ['user_nid'],
  indexes: { by_id: { columns: ['user_id'], unique: true } },
});

/** Pairs of event type and state key by their numbers in this store. */
export const stateKeys = defineTable({
  name: 'state_keys',
  columns: { state_key_nid: 'integer', type: 'text', state_key: 'text' },
  key: ['state_key_nid'],
  indexes: { by_value: { columns: ['type', 'state_key'], unique: true } },
});

// ── Rooms and their event graph ─────────────────────────────────────────────────────────────────────────

/** Rooms this server is or was in. A room known only from an invitation has no row here. */
export const rooms = defineTable({
  name: 'rooms',
  columns: {
    room_nid: 'integer',
    room_id: 'text',
    room_version: 'text',
    /** Root of the current state in `state_nodes`. */
    state_root: 'blob',
    /** 0 when the create event says `m.federate: false`: such a room never leaves this server. */
    federate: 'integer',
    create_event_nid: 'integer',
    /** Stream position at which members of other servers came; null while there are none. */
    shared_since: 'integer?',
  },
  key: ['room_nid'],
  indexes: { by_id: { columns: ['room_id'], unique: true } },
});

/** Every event that is known, whatever became of it. */
export const events = defineTable({
  name: 'events',
  columns: {
    event_nid: 'integer',
    event_id: 'text',
    room_nid: 'integer',
    sender_nid: 'integer',
    type: 'text',
    /** Null for a message event. */
    state_key_nid: 'integer?',
    origin_server_ts: 'integer',
    /** The PDU as it is served to others, without `event_id`; after a redaction the redacted form. */
    json: 'text',
    /** 'accepted' | 'soft-failed' | 'rejected' | 'purged'. */
    verdict: 'text',
    reason: 'text?',
    /** 1: known only because other events refer to it; it has no place in the graph yet. */
    outlier: 'integer',
    /** Root of the state before this event; null for an outlier. */
    state_before: 'blob?',
    /** Its auth events as little-endian uint32 event_nids. Every auth event has a smaller event_nid. */
    auth_nids: 'blob',
    /** Null unless it is on the room's timeline (accepted and not an outlier). */
    position: 'integer?',
    /** Null unless it arrived live (not fetched later). */
    stream: 'integer?',
    /** The event that redacted this one. */
    redacted_by: 'text?',
  },
  key: ['event_nid'],
  indexes: { by_id: { columns: ['event_id'], unique: true } },
});

/**
 * Auth edges between state events, from parent to child: tells whether an event is in the auth chain of the
 * state without walking that chain.
 */
export const authChildren = defineTable({
  name: 'auth_children',
  columns: { event_nid: 'integer', child_nid: 'integer' },
  key: ['event_nid', 'child_nid'],
});

/** What clients read: accepted events of a room in reading order (see Positions above). */
export const timeline = defineTable({
  name: 'timeline',
  columns: { room_nid: 'integer', position: 'integer', event_nid: 'integer' },
  key: ['room_nid', 'position'],
});

/** Events that no other follows yet: what the next event of a room builds on. */
export const forwardExtremities = defineTable({
  name: 'forward_extremities',
  columns: { room_nid: 'integer', event_nid: 'integer' },
  key: ['room_nid', 'event_nid'],
});

/** Parents that an event on the timeline names and that we do not have: where backfill starts. */
export const missingParents = defineTable({
  name: 'missing_parents',
  columns: { room_nid: 'integer', child_nid: 'integer', event_id: 'text' },
  key: ['room_nid', 'child_nid', 'event_id'],
  indexes: { by_event: { columns: ['room_nid', 'event_id'] } },
});

/** Nodes of the persistent state map, addressed by content. Purging a room deletes its range. */
export const stateNodes = defineTable({
  name: 'state_nodes',
  columns: { room_nid: 'integer', hash: 'blob', body: 'blob' },
  key: ['room_nid', 'hash'],
});

/** Redactions whose target has not arrived, or was not yet allowed to be redacted. */
export const pendingRedactions = defineTable({
  name: 'pending_redactions',
  columns: { target_event_id: 'text', redaction_nid: 'integer' },
  key: ['target_event_id', 'redaction_nid'],
});

/** Invitations declined and knocks withdrawn that the server which brought them has not been told of yet. */
export const untoldLeaves = defineTable({
  name: 'untold_leaves',
  columns: { user_nid: 'integer', room_id: 'text', reason: 'text?' },
  key: ['user_nid', 'room_id'],
});

/** Deleted replies of threads: the deletion took their relation away, and they still stand in their thread. */
export const redactedReplies = defineTable({
  name: 'redacted_replies',
  columns: { event_nid: 'integer', thread_root: 'text' },
  key: ['event_nid'],
});

/** `m.relates_to` of timeline events (edits, reactions, threads, references), by what they point at. */
export const relations = defineTable({
  name: 'relations',
  columns: {
    room_nid: 'integer',
    target_event_id: 'text',
    position: 'integer',
    event_nid: 'integer',
    rel_type: 'text',
    /** The annotation key of a reaction. */
    key: 'text?',
  },
  key: ['room_nid', 'target_event_id', 'position'],
  indexes: {
    by_type: { columns: ['room_nid', 'target_event_id', 'rel_type', 'position'] },
    /** Threads of a room, by their newest message. */
    by_room: { columns: ['room_nid', 'rel_type', 'position'] },
  },
});

// ── Who is where (current state, derived; written only by append-event) ─────────────────────────────────

/** The current membership of everybody in every room. */
export const memberships = defineTable({
  name: 'memberships',
  columns: {
    room_nid: 'integer',
    user_nid: 'integer',
    /** 'join' | 'invite' | 'leave' | 'ban' | 'knock'. */
    membership: 'text',
    event_nid: 'integer',
    /** Stream position at which it became this. */
    stream: 'integer',
    /** 1 for a user of this server. */
    local: 'integer',
  },
  key: ['room_nid', 'user_nid'],
  indexes: {
    by_membership: { columns: ['room_nid', 'membership', 'local', 'user_nid'] },
    by_user: { columns: ['user_nid', 'room_nid'] },
  },
});

/**
 * Current states of a room over time: a row where a live event changed the current state. A sync compares
 * the state at its token with the state now.
 */
export const currentStates = defineTable({
  name: 'current_states',
  columns: { room_nid: 'integer', stream: 'integer', state_root: 'blob' },
  key: ['room_nid', 'stream'],
});

/** Servers with joined members, and how many that are known. Destinations of a room's events are read here. */
export const roomServers = defineTable({
  name: 'room_servers',
  columns: {
    room_nid: 'integer',
    server_nid: 'integer',
    joined: 'integer',
    /** Stream position at which its first member came; null in a database that did not write it down yet. */
    since: 'integer?',
    /** 1: it is in the room by the word of the server that we joined through, whose members are not all here yet. */
    believed: 'integer?',
  },
  key: ['room_nid', 'server_nid'],
  indexes: { by_server: { columns: ['server_nid', 'room_nid'] } },
});

/**
 * Local users' invitations and knocks in rooms that this server is not in, and their end. `room_id` is text:
 * the room has no row in `rooms`.
 */
export const remoteMemberships = defineTable({
  name: 'remote_memberships',
  columns: {
    user_nid: 'integer',
    room_id: 'text',
    /** 'invite' | 'knock' | 'leave' | 'ban'. */
    membership: 'text',
    room_version: 'text',
    /** The membership event (a full PDU). */
    json: 'text',
    event_id: 'text',
    sender: 'text',
    /** The server through which the room is reached. */
    server: 'text',
    /** JSON array of stripped state events, as shown to clients. */
    stripped_state: 'text',
    stream: 'integer',
  },
  key: ['user_nid', 'room_id'],
  indexes: { by_stream: { columns: ['user_nid', 'stream'] } },
});

/** Rooms that local users forgot: those whose membership has not changed since. */
export const forgottenRooms = defineTable({
  name: 'forgotten_rooms',
  columns: {
    user_nid: 'integer',
    room_nid: 'integer',
    /** Of the membership that was forgotten. */
    stream: 'integer',
  },
  key: ['user_nid', 'room_nid'],
});

/** Local aliases. */
export const aliases = defineTable({
  name: 'aliases',
  columns: { alias: 'text', room_id: 'text', creator: 'text' },
  key: ['alias'],
  indexes: { by_room: { columns: ['room_id', 'alias'] } },
});

/** Rooms listed in this server's public directory. */
export const publishedRooms = defineTable({
  name: 'published_rooms',
  columns: { room_nid: 'integer' },
  key: ['room_nid'],
});

// ── Federation ──────────────────────────────────────────────────────────────────────────────────────────

/** Answers to inbound transactions, so that a repeated one gets the same answer. */
export const inboundTransactions = defineTable({
  name: 'inbound_transactions',
  columns: { origin: 'text', txn_id: 'text', received_ts: 'integer', response: 'text' },
  key: ['origin', 'txn_id'],
  indexes: { by_time: { columns: ['received_ts'] } },
});

/** PDUs that were acknowledged and wait for `receive-pdu`. Deleted together with their processing. */
export const stagedPdus = defineTable({
  name: 'staged_pdus',
  columns: {
    sequence: 'integer',
    room_id: 'text',
    event_id: 'text',
    origin: 'text',
    json: 'text',
    received_ts: 'integer',
  },
  key: ['sequence'],
  indexes: {
    by_room: { columns: ['room_id', 'sequence'] },
    by_event: { columns: ['event_id', 'origin', 'sequence'] },
  },
});

/** The outbox is a log: one row per event, however many servers it goes to. */
export const outbox = defineTable({
  name: 'outbox',
  columns: { position: 'integer', event_nid: 'integer', destination_set: 'integer' },
  key: ['position'],
  indexes: { by_event: { columns: ['event_nid'] } },
});

/** Interned sets of destinations: sorted little-endian uint32 server_nids. */
export const destinationSets = defineTable({
  name: 'destination_sets',
  columns: { destination_set: 'integer', members: 'blob' },
  key: ['destination_set'],
  indexes: { by_members: { columns: ['members'], unique: true } },
});

/** One row for each server that something was ever sent to. */
export const destinations = defineTable({
  name: 'destinations',
  columns: {
    server_nid: 'integer',
    /** Outbox rows up to here are delivered or frozen. */
    cursor: 'integer',
    /** The frozen transaction: sent with this ID and these bytes until it is answered with 200. */
    txn_id: 'text?',
    txn_body: 'text?',
    /** Outbox position that the frozen transaction reaches. */
    txn_cursor: 'integer?',
    failures: 'integer',
    first_failure_ts: 'integer?',
    next_attempt_ts: 'integer',
    last_success_ts: 'integer?',
    last_error: 'text?',
    /** How often the frozen transaction was refused as it is; null for never. */
    refusals: 'integer?',
    /** While one event is looked for that is refused: so many in a transaction, up to this outbox position. */
    isolating_limit: 'integer?',
    isolating_until: 'integer?',
  },
  key: ['server_nid'],
});

// ── After a restore ─────────────────────────────────────────────────────────────────────────────────────

/** Each time the data was taken from a backup. */
export const restores = defineTable({
  name: 'restores',
  columns: {
    number: 'integer',
    /** Part of the sync tokens since then. */
    epoch: 'text',
    /** The newest stream position of the backup: what came after it is lost. */
    stream: 'integer',
    restored_ts: 'integer',
  },
  key: ['number'],
});

/** Rooms of which other servers have not been asked what happened since the backup. */
export const roomsToCatchUp = defineTable({
  name: 'rooms_to_catch_up',
  columns: { room_nid: 'integer' },
  key: ['room_nid'],
});

/** How far tables and columns that an older database lacked are filled in; what is counted, its writer knows. */
export const fillIns = defineTable({
  name: 'fill_ins',
  columns: { name: 'text', reached: 'integer' },
  key: ['name'],
});

// ── Users' own data ─────────────────────────────────────────────────────────────────────────────────────

/** Profiles of remote users as fetched from their servers. */
export const remoteProfiles = defineTable({
  name: 'remote_profiles',
  columns: { user_id: 'text', profile: 'text', fetched_ts: 'integer' },
  key: ['user_id'],
});

/** Account data of local users; `room_id` is '' for global data. */
export const accountData = defineTable({
  name: 'account_data',
  columns: { user_nid: 'integer', room_id: 'text', type: 'text', content: 'text', stream: 'integer' },
  key: ['user_nid', 'room_id', 'type'],
  indexes: {
    by_stream: { columns: ['user_nid', 'stream'] },
    by_type: { columns: ['type', 'room_id', 'user_nid'] },
  },
});

/** Since when local users have push rules of their own; absent for those who had them from the beginning. */
export const ownPushRules = defineTable({
  name: 'own_push_rules',
  columns: { user_nid: 'integer', stream: 'integer' },
  key: ['user_nid'],
});

/**
 * Local users whose account was erased: who joins a room after this stream position gets their messages without
 * content.
 */
export const erasedUsers = defineTable({
  name: 'erased_users',
  columns: { user_nid: 'integer', stream: 'integer' },
  key: ['user_nid'],
});

/** Receipts of all users in rooms; private ones (`m.read.private`) never leave. */
export const receipts = defineTable({
  name: 'receipts',
  columns: {
    room_nid: 'integer',
    user_nid: 'integer',
    receipt_type: 'text',
    /** '' when unthreaded. */
    thread_id: 'text',
    event_id: 'text',
    /** Timeline position of that event; null when we do not have it. */
    position: 'integer?',
    ts: 'integer',
    stream: 'integer',
  },
  key: ['room_nid', 'user_nid', 'receipt_type', 'thread_id'],
  indexes: { by_stream: { columns: ['room_nid', 'stream'] } },
});

/**
 * Events that the predefined push rules say to notify about, whoever reads them: one row, however many members
 * a room has. What is unread of them follows from `read_floors` and `own_push_rules`.
 */
export const roomNotifications = defineTable({
  name: 'room_notifications',
  columns: {
    room_nid: 'integer',
    position: 'integer',
    sender_nid: 'integer',
    highlight: 'integer',
    /** Root event of its thread; '' on the main timeline. */
    thread_id: 'text',
  },
  key: ['room_nid', 'position'],
});

/**
 * Events that one local user is to be notified about, until a receipt passes them: those that name the user, and
 * all for a user with rules of their own. Such a row stands in place of the room's row for the same event.
 */
export const notifications = defineTable({
  name: 'notifications',
  columns: {
    user_nid: 'integer',
    room_nid: 'integer',
    position: 'integer',
    highlight: 'integer',
    /** Root event of its thread; '' on the main timeline. */
    thread_id: 'text',
  },
  key: ['user_nid', 'room_nid', 'position'],
});

/** Up to where a local user has nothing unread in a room: since they joined, or by what they have read. */
export const readFloors = defineTable({
  name: 'read_floors',
  columns: {
    user_nid: 'integer',
    room_nid: 'integer',
    /** '' for everything, 'main', or a thread's root. */
    thread_id: 'text',
    /** Timeline position. */
    position: 'integer',
  },
  key: ['user_nid', 'room_nid', 'thread_id'],
});

/**
 * Filters that clients have stored.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#filtering
 */
export const filters = defineTable({
  name: 'filters',
  columns: { user_nid: 'integer', filter_id: 'text', json: 'text' },
  key: ['user_nid', 'filter_id'],
});

/** Client transaction IDs, so that a repeated send makes one event. */
export const clientTransactions = defineTable({
  name: 'client_transactions',
  columns: { user_nid: 'integer', device_id: 'text', txn_id: 'text', event_id: 'text', ts: 'integer' },
  key: ['user_nid', 'device_id', 'txn_id'],
  indexes: { by_event: { columns: ['event_id'] } },
});

/** Answers to requests of clients that bear a key, so that a request that is repeated is done once. */
export const answeredRequests = defineTable({
  name: 'answered_requests',
  columns: {
    /** SHA-256 of who asked for what under which key. */
    request: 'text',
    answered_ts: 'integer',
    /** JSON. */
    answer: 'text',
  },
  key: ['request'],
  indexes: { by_time: { columns: ['answered_ts'] } },
});

/** A row of {@link events}. */
export type EventRow = RowOf<typeof events>;
/** A row of the table of rooms. */
export type RoomRow = RowOf<typeof rooms>;
/** A row of {@link memberships}. */
export type MembershipRow = RowOf<typeof memberships>;

/** All tables of the engine, in the order they are created. A host adds its own. */
export const engineTables = [
  servers,
  users,
  stateKeys,
  rooms,
  events,
  authChildren,
  timeline,
  forwardExtremities,
  missingParents,
  stateNodes,
  pendingRedactions,
  relations,
  redactedReplies,
  untoldLeaves,
  memberships,
  currentStates,
  roomServers,
  remoteMemberships,
  ...invitationTables,
  forgottenRooms,
  aliases,
  publishedRooms,
  inboundTransactions,
  stagedPdus,
  outbox,
  destinationSets,
  destinations,
  ...incompleteTables,
  ...exchangeTables,
  serverKeys,
  keyAnswers,
  ownKeys,
  restores,
  roomsToCatchUp,
  ...deviceTables,
  ...identityTables,
  ...searchTables,
  remoteProfiles,
  accountData,
  erasedUsers,
  receipts,
  ownPushRules,
  roomNotifications,
  notifications,
  readFloors,
  filters,
  clientTransactions,
  answeredRequests,
  fillIns,
  ...mediaTables,
  ...upkeepTables,
] as const;
