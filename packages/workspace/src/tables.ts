/** What a workspace keeps beside the engine's tables. A user ID's server name is the workspace's own, so rows name people by localpart. */
import { defineTable, type RowOf } from '@causeway/homeserver';

export const accounts = defineTable({
  name: 'workspace_accounts',
  columns: {
    localpart: 'text',
    /** Argon2id in PHC format; null when nobody can sign in with a password. */
    password_hash: 'text?',
    /** 'admin' | 'user'. */
    role: 'text',
    created_ts: 'integer',
    /** Set when the account was deactivated. The name is never given out again. */
    deactivated_ts: 'integer?',
    /** JSON object of profile fields. */
    profile: 'text',
  },
  key: ['localpart'],
});

/** Permissions that were granted to a person. Admins hold every permission without a row. */
export const permissions = defineTable({
  name: 'workspace_permissions',
  columns: { localpart: 'text', permission: 'text', granted_ts: 'integer' },
  key: ['localpart', 'permission'],
});

/** One row per device that is signed in. The access token itself is never kept. */
export const sessions = defineTable({
  name: 'workspace_sessions',
  columns: {
    localpart: 'text',
    device_id: 'text',
    /** SHA-256 of the access token. */
    token_hash: 'blob',
    display_name: 'text?',
    created_ts: 'integer',
    last_seen_ts: 'integer',
    last_seen_ip: 'text?',
  },
  key: ['localpart', 'device_id'],
  indexes: { by_token: { columns: ['token_hash'], unique: true } },
});

/** Tokens that let somebody register while registration is by token. */
export const registrationTokens = defineTable({
  name: 'workspace_registration_tokens',
  columns: {
    token: 'text',
    /** Null: any number of times. */
    uses_allowed: 'integer?',
    used: 'integer',
    expires_ts: 'integer?',
  },
  key: ['token'],
});

/** Single values by name: the workspace's name, its server name, the state of set-up. */
export const settings = defineTable({
  name: 'workspace_settings',
  columns: { name: 'text', value: 'text' },
  key: ['name'],
});

/** What people reported to the admins, newest last. */
export const reports = defineTable({
  name: 'workspace_reports',
  columns: {
    report_id: 'integer',
    reporter: 'text',
    /** 'event' | 'room' | 'user'. */
    kind: 'text',
    /** Null for a user. */
    room_id: 'text?',
    event_id: 'text?',
    /** Who is reported: for an event its sender. */
    user_id: 'text?',
    reason: 'text',
    reported_ts: 'integer',
  },
  key: ['report_id'],
  indexes: { by_reporter: { columns: ['reporter', 'reported_ts'] } },
});

export type AccountRow = RowOf<typeof accounts>;
export type SessionRow = RowOf<typeof sessions>;
export type RegistrationTokenRow = RowOf<typeof registrationTokens>;

/** All tables of the workspace, for the host to create beside `engineTables`. */
export const workspaceTables = [
  accounts,
  permissions,
  sessions,
  registrationTokens,
  settings,
  reports,
] as const;
