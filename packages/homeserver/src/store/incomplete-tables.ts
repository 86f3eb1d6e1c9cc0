/** Rooms whose state is known in part, because some of it could not be verified yet. */
import { defineTable } from './table.ts';

/** Events at which a server told us a state that we could not verify all of: our joins, and where parents can't be had. */
export const incompleteStates = defineTable({
  name: 'incomplete_states',
  columns: {
    room_nid: 'integer',
    /** The event whose `state_before` lacks something. */
    event_nid: 'integer',
    since_ts: 'integer',
    /** When it is tried again, and how often it was tried in vain. */
    next_ts: 'integer',
    tries: 'integer',
    /** 1: some of it is known by now, and the events since then are being judged anew. */
    rejudging: 'integer',
  },
  key: ['room_nid', 'event_nid'],
});

/** Events of such a state, and of its auth chain, that are not verified yet. */
export const unverifiedEvents = defineTable({
  name: 'unverified_events',
  columns: {
    room_id: 'text',
    /** The event that the state is before: a row of `incomplete_states`. */
    base_event_id: 'text',
    event_id: 'text',
    /** Whose keys are missing; '' when it waits for another of these events only. */
    server: 'text',
    /** 'member' | 'state' | 'auth': a member, another event of the state, an event of its auth chain only. */
    kind: 'text',
    json: 'text',
  },
  key: ['room_id', 'base_event_id', 'event_id'],
  indexes: { by_server: { columns: ['room_id', 'base_event_id', 'server', 'kind'] } },
});

/** What was judged while its room's state was known in part, in that order. */
export const eventsToRejudge = defineTable({
  name: 'events_to_rejudge',
  columns: { room_nid: 'integer', sequence: 'integer', event_nid: 'integer' },
  key: ['room_nid', 'sequence'],
  indexes: { by_event: { columns: ['room_nid', 'event_nid'], unique: true } },
});

/** Rooms that were entered while most of their members were left out: they are fetched afterwards. */
export const leftOutMembers = defineTable({
  name: 'left_out_members',
  columns: {
    room_nid: 'integer',
    /** The join with which the room was entered: a row of `incomplete_states`. */
    event_nid: 'integer',
    /** Through which it was entered; it is asked first. */
    server: 'text',
    /** Joined members, as that server counts them; null when it did not say. */
    total: 'integer?',
    /** When the members are fetched, or tried to be fetched again, and how often that was in vain. */
    next_ts: 'integer',
    tries: 'integer',
    /** Why it was in vain the last time. */
    reason: 'text?',
    /** 1: they are stored, and become part of the room's state as what came meanwhile is judged anew. */
    fetched: 'integer',
  },
  key: ['room_nid', 'event_nid'],
});

/** The tables of states that are known in part. */
export const incompleteTables = [
  incompleteStates,
  unverifiedEvents,
  eventsToRejudge,
  leftOutMembers,
] as const;
