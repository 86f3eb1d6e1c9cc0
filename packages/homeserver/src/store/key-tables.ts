/** Signing keys: those of other servers, what they said of them, and our own. */
import { defineTable } from './table.ts';

/** Other servers' signing keys. A bad answer never replaces a good key. */
export const serverKeys = defineTable({
  name: 'server_keys',
  columns: {
    server_name: 'text',
    key_id: 'text',
    public_key: 'text',
    valid_until_ts: 'integer',
    /** Set for an old key: events after this are not valid under it. */
    expired_ts: 'integer?',
    fetched_ts: 'integer',
  },
  key: ['server_name', 'key_id'],
});

/** The last answer of a server in which this key was current, for others who ask us about that server. */
export const keyAnswers = defineTable({
  name: 'key_answers',
  columns: {
    server_name: 'text',
    key_id: 'text',
    /** Canonical JSON with the server's own signatures, and no others. */
    json: 'text',
    /** As the server says it. */
    valid_until_ts: 'integer',
    fetched_ts: 'integer',
  },
  key: ['server_name', 'key_id'],
});

/** The public halves of the keys that this server signs and signed with. */
export const ownKeys = defineTable({
  name: 'own_keys',
  columns: {
    key_id: 'text',
    public_key: 'text',
    since_ts: 'integer',
    /** When it ceased to be used; null while it is in use. */
    expired_ts: 'integer?',
  },
  key: ['key_id'],
});
