/** The search index. */
import { defineTable } from './table.ts';

/**
 * The inverted index: which events have a word. A row is the events of one batch, over all rooms, so there is
 * one row per word and batch, not one per word and message.
 */
export const searchWords = defineTable({
  name: 'search_words',
  columns: {
    /** Lower-cased. */
    word: 'text',
    /** Before the first event_nid of the batch; batches do not overlap. */
    batch: 'integer',
    /** Events of the batch that have the word, as pairs of little-endian uint32: room_nid, event_nid. */
    events: 'blob',
  },
  key: ['word', 'batch'],
});

/** Up to which event the index reaches; newer ones are read one by one. One row. */
export const searchProgress = defineTable({
  name: 'search_progress',
  columns: { name: 'text', event_nid: 'integer' },
  key: ['name'],
});

/** The tables of the search index. */
export const searchTables = [searchWords, searchProgress] as const;
