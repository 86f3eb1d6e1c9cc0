/** What a workspace keeps beside the engine's tables. A user ID's server name is the workspace's own, so rows name people by localpart. */
import { defineTable, type RowOf } from '@causeway/homeserver';

export const accounts = defineTable({
  name: 'workspace_accounts',
  columns: {
    localpart: 'text',
    /** Argon2id in PHC format; null when nobody can sign in with a password. */
    password_hash: 'text?',
    /** `admin`, `user`, `guest`, or one that an admin made. */
    role: 'text',
    created_ts: 'integer',
    /** Set when the account was deactivated. The name is never given out again. */
    deactivated_ts: 'integer?',
    /** JSON object of profile fields. */
    profile: 'text',
    email: 'text?',
    /** Which admin said that the address is theirs; null: nobody. */
    email_verified_by: 'text?',
    /** Set when what the person left was erased, too. */
    erased_ts: 'integer?',
    /** Of the sessions that have ended; those that are there know by themselves. */
    last_seen_ts: 'integer?',
    /** Counts what admins changed, so that two of them do not overwrite each other unseen. Null: nothing yet. */
    version: 'integer?',
    changed_ts: 'integer?',
    changed_by: 'text?',
  },
  key: ['localpart'],
});

/**
 * Links that admins give out: one leads to a sign-up page, the other to a page for a new password. The secret in a
 * link is never kept.
 */
export const accountLinks = defineTable({
  name: 'workspace_account_links',
  columns: {
    /** What admins call it by; of no use for opening it. */
    link_id: 'text',
    /** SHA-256 of the secret. */
    secret_hash: 'blob',
    /** 'invitation' | 'password'. */
    kind: 'text',
    /** Whose password; null for an invitation. */
    localpart: 'text?',
    /** What who comes by it becomes; null for a password. */
    role: 'text?',
    /** For whom or what it is, as an admin noted it. */
    note: 'text?',
    uses_allowed: 'integer',
    used: 'integer',
    created_ts: 'integer',
    created_by: 'text',
    expires_ts: 'integer',
    /** Set when it was withdrawn, or when a newer one took its place. */
    withdrawn_ts: 'integer?',
  },
  key: ['link_id'],
  indexes: {
    by_secret: { columns: ['secret_hash'], unique: true },
    by_kind: { columns: ['kind', 'created_ts'] },
  },
});

/** People whose account has ended and who have yet to leave their rooms. */
export const departures = defineTable({
  name: 'workspace_departures',
  columns: { localpart: 'text', since_ts: 'integer', erase: 'integer' },
  key: ['localpart'],
});

/** Permissions that were granted to a person. Admins hold every permission without a row. */
export const permissions = defineTable({
  name: 'workspace_permissions',
  columns: { localpart: 'text', permission: 'text', granted_ts: 'integer' },
  key: ['localpart', 'permission'],
});

/** Roles beside the built-in ones, and when the rights of a role were changed. */
export const roles = defineTable({
  name: 'workspace_roles',
  columns: { role: 'text', version: 'integer', changed_ts: 'integer', changed_by: 'text' },
  key: ['role'],
});

/** What a role may do where it differs from its default. */
export const roleRights = defineTable({
  name: 'workspace_role_rights',
  columns: {
    role: 'text',
    permission: 'text',
    held: 'integer',
    /** JSON list of domains that it is limited to; null: all. */
    domains: 'text?',
  },
  key: ['role', 'permission'],
});

/** When somebody began or ceased to hear of rooms with other organisations. No row: it never changed. */
export const hearings = defineTable({
  name: 'workspace_hearings',
  columns: { localpart: 'text', stream: 'integer', changed_ts: 'integer' },
  key: ['localpart'],
});

/** What somebody heard from a stream position on, wherever that was limited to some organisations. */
export const hearingSpells = defineTable({
  name: 'workspace_hearing_spells',
  columns: {
    localpart: 'text',
    stream: 'integer',
    changed_ts: 'integer',
    /** 'all', 'none', or a JSON list of domains. */
    hears: 'text',
  },
  key: ['localpart', 'stream'],
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
    /** Null: made before it was noted. */
    created_ts: 'integer?',
    created_by: 'text?',
    withdrawn_ts: 'integer?',
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
    /** When an admin was done with it; null: nobody was. */
    handled_ts: 'integer?',
    handled_by: 'text?',
    /** For other admins. */
    note: 'text?',
  },
  key: ['report_id'],
  indexes: { by_reporter: { columns: ['reporter', 'reported_ts'] } },
});

/** What admins, moderators and people who sign in did. Rows are only ever added; each has the hash of the one before. */
export const auditLog = defineTable({
  name: 'workspace_audit',
  columns: {
    sequence: 'integer',
    ts: 'integer',
    action: 'text',
    actor: 'text',
    address: 'text?',
    target: 'text?',
    /** Canonical JSON object with `before` and `after`, where there is something to say. */
    change: 'text',
    previous: 'text',
    hash: 'text',
  },
  key: ['sequence'],
});

/** What admins chose in place of a setting's default. */
export const chosenSettings = defineTable({
  name: 'workspace_chosen_settings',
  columns: {
    key: 'text',
    /** JSON; null: the default again. */
    value: 'text?',
    /** Counts the changes, so that two admins do not overwrite each other unseen. */
    version: 'integer',
    changed_ts: 'integer',
    changed_by: 'text',
  },
  key: ['key'],
});

/** Organisations that an admin decided about, or that wait for it. The name is in small letters. */
export const contacts = defineTable({
  name: 'workspace_contacts',
  columns: {
    server_name: 'text',
    /** 'waiting' | 'approved' | 'refused' | 'disconnected'. */
    status: 'text',
    reason: 'text?',
    /** Counts the decisions, so that two admins do not overwrite each other unseen. */
    version: 'integer',
    first_ts: 'integer',
    decided_ts: 'integer?',
    decided_by: 'text?',
  },
  key: ['server_name'],
});

/** What somebody wanted that waits for the approval of an organisation, and what became of it. */
export const contactRequests = defineTable({
  name: 'workspace_contact_requests',
  columns: {
    request_id: 'integer',
    server_name: 'text',
    /** Ours: 'invite' | 'join' | 'knock'. Theirs: 'invited' | 'joining'. 'shared': it is in a room of ours. */
    kind: 'text',
    /** The person here whom it is about; '' where there is none. */
    localpart: 'text',
    /** Room ID or alias. */
    room: 'text',
    /** The person there; '' where there is none. */
    other: 'text',
    /** JSON object: what is needed to do it later. */
    details: 'text',
    requested_ts: 'integer',
    /** 'waiting' | 'done' | 'failed' | 'refused'. */
    state: 'text',
    outcome: 'text?',
  },
  key: ['request_id'],
  indexes: {
    by_server: { columns: ['server_name', 'request_id'] },
    by_person: { columns: ['localpart', 'request_id'] },
    by_state: { columns: ['state', 'request_id'] },
  },
});

export type ReportRow = RowOf<typeof reports>;
/** What went on, minute by minute; kept for a week. Counts are of the time before `ts`. */
export const samples = defineTable({
  name: 'workspace_samples',
  columns: {
    ts: 'integer',
    covered_ms: 'integer',
    /** Events of other servers, and of people here. */
    events_in: 'integer',
    events_out: 'integer',
    /** Events taken by another server, and transactions that failed. */
    delivered: 'integer',
    failed: 'integer',
    requests: 'integer',
    /** Of the deliveries: half were faster, and 95 of 100. Null without any. */
    delay_half_ms: 'integer?',
    delay_most_ms: 'integer?',
    waiting: 'integer',
    staged: 'integer',
    database_bytes: 'integer',
    media_bytes: 'integer',
    free_bytes: 'integer',
    /** How late the process was with what was due, in 99 of 100 cases. */
    loop_ms: 'integer',
  },
  key: ['ts'],
});

export type AccountRow = RowOf<typeof accounts>;
export type SessionRow = RowOf<typeof sessions>;
export type AuditRow = RowOf<typeof auditLog>;
export type ChosenSettingRow = RowOf<typeof chosenSettings>;
export type ContactRow = RowOf<typeof contacts>;
export type ContactRequestRow = RowOf<typeof contactRequests>;
export type AccountLinkRow = RowOf<typeof accountLinks>;
export type RegistrationTokenRow = RowOf<typeof registrationTokens>;

/** All tables of the workspace, for the host to create beside `engineTables`. */
export const workspaceTables = [
  accounts,
  accountLinks,
  departures,
  permissions,
  roles,
  roleRights,
  hearings,
  hearingSpells,
  sessions,
  registrationTokens,
  settings,
  reports,
  auditLog,
  chosenSettings,
  contacts,
  contactRequests,
  samples,
] as const;
