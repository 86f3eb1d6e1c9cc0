/** What is counted of the exchange with other servers. */
import { defineTable } from './table.ts';

/** What went between us and another server, by the hour, for charts. Kept for a week. */
export const exchangeHours = defineTable({
  name: 'exchange_hours',
  columns: {
    server_nid: 'integer',
    /** Hours since the epoch. */
    hour: 'integer',
    /** Transactions of ours that were answered with 200, and attempts that failed. */
    delivered: 'integer',
    failed: 'integer',
    /** Transactions of theirs. */
    received: 'integer',
    last_received_ts: 'integer?',
  },
  key: ['server_nid', 'hour'],
  indexes: { by_hour: { columns: ['hour'] } },
});

/** Events that a server takes in no transaction, so that they hold up nothing else that goes to it. */
export const pdusSetAside = defineTable({
  name: 'pdus_set_aside',
  columns: {
    server_nid: 'integer',
    event_nid: 'integer',
    /** In the outbox. */
    position: 'integer',
    set_aside_ts: 'integer',
    /** What the server answered. */
    reason: 'text',
    /** 1 when it took other events and refused this one again: until then the fault may be the server's. */
    confirmed: 'integer',
  },
  key: ['server_nid', 'event_nid'],
  indexes: {
    by_state: { columns: ['server_nid', 'confirmed', 'position'] },
    by_event: { columns: ['event_nid'] },
  },
});

/** The tables of what goes to and fro between servers. */
export const exchangeTables = [exchangeHours, pdusSetAside] as const;
