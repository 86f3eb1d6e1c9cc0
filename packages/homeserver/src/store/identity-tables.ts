/** What local people show of themselves to third parties. */
import { defineTable } from './table.ts';

/** Tokens for OpenID that have not expired, by their SHA-256. */
export const openidTokens = defineTable({
  name: 'openid_tokens',
  columns: { token_hash: 'blob', user_id: 'text', number: 'integer', expires_ts: 'integer' },
  key: ['token_hash'],
  indexes: {
    by_user: { columns: ['user_id', 'number'] },
    by_time: { columns: ['expires_ts'] },
  },
});

/** The tables of this. */
export const identityTables = [openidTokens] as const;
