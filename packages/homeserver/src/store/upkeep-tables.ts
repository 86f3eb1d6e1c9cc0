/** What admins closed, withdrew or set an end to, and how far the work on it has come. */
import { defineTable } from './table.ts';

/** How long messages of a room stay here, and what an admin had purged of it. */
export const roomRetentions = defineTable({
  name: 'room_retentions',
  columns: {
    room_nid: 'integer',
    /** Milliseconds; null: they stay. */
    max_age_ms: 'integer?',
    /** Messages from before this moment were purged; null: nothing was. */
    purged_before_ts: 'integer?',
  },
  key: ['room_nid'],
});

/** Purges of history that are under way. */
export const historyPurges = defineTable({
  name: 'history_purges',
  columns: {
    room_nid: 'integer',
    /** Messages written before it go. */
    before_ts: 'integer',
    /** Timeline position up to which the purge has come. */
    after_position: 'integer',
    /** 1: to the end of the timeline; 0: as far as there are old messages. */
    whole: 'integer',
    /** How many are gone. */
    purged: 'integer',
  },
  key: ['room_nid'],
});

/** Rooms that nobody here may be in. */
export const blockedRooms = defineTable({
  name: 'blocked_rooms',
  columns: { room_id: 'text', reason: 'text', blocked_ts: 'integer' },
  key: ['room_id'],
});

/** Removals of rooms that are under way. */
export const roomRemovals = defineTable({
  name: 'room_removals',
  columns: {
    room_id: 'text',
    room_nid: 'integer',
    room_version: 'text',
    /** What local members are told. */
    reason: 'text',
    started_ts: 'integer',
    /** 'leaving' | 'vanishing' | 'clearing' | 'deleting' | 'delivering': see `purging/remove-room.ts`. */
    step: 'text',
    /** Events up to here were looked at while deleting. */
    after_nid: 'integer',
    /** Events that are gone. */
    deleted: 'integer',
  },
  key: ['room_id'],
});

/** Events of rooms that are gone which another server still has to get. */
export const lingeringEvents = defineTable({
  name: 'lingering_events',
  columns: { room_id: 'text', event_nid: 'integer' },
  key: ['room_id', 'event_nid'],
});

/** Files that nobody gets, ours and those of others, whether or not there is a copy here. */
export const quarantinedMedia = defineTable({
  name: 'quarantined_media',
  columns: { origin: 'text', media_id: 'text', quarantined_ts: 'integer' },
  key: ['origin', 'media_id'],
});

/** Bytes that belong to nothing any more: written with what ends them, deleted afterwards. */
export const doomedBlobs = defineTable({
  name: 'doomed_blobs',
  columns: { blob_key: 'text' },
  key: ['blob_key'],
});

/** The tables of what is purged, removed and withheld. */
export const upkeepTables = [
  roomRetentions,
  historyPurges,
  blockedRooms,
  roomRemovals,
  lingeringEvents,
  quarantinedMedia,
  doomedBlobs,
] as const;
