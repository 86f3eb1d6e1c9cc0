/** The five variants of redaction, each its predecessor with some entries replaced. */
import type { RedactionRules } from './room-version-rules.ts';

type KeptContent = ReadonlySet<string> | 'all';

const powerLevelKeys = [
  'ban',
  'events',
  'events_default',
  'kick',
  'redact',
  'state_default',
  'users',
  'users_default',
];

/** Room versions 1 to 5. @see https://spec.matrix.org/v1.19/rooms/v1/#redactions */
export const redactionV1: RedactionRules = Object.freeze({
  topLevel: new Set([
    'event_id',
    'type',
    'room_id',
    'sender',
    'state_key',
    'content',
    'hashes',
    'signatures',
    'depth',
    'prev_events',
    'prev_state',
    'auth_events',
    'origin',
    'origin_server_ts',
    'membership',
  ]),
  content: new Map<string, KeptContent>([
    ['m.room.member', new Set(['membership'])],
    ['m.room.create', new Set(['creator'])],
    ['m.room.join_rules', new Set(['join_rule'])],
    ['m.room.power_levels', new Set(powerLevelKeys)],
    ['m.room.aliases', new Set(['aliases'])],
    ['m.room.history_visibility', new Set(['history_visibility'])],
  ]),
  keepsSignedThirdPartyInvite: false,
});

/** Room versions 6 and 7: aliases mean nothing. @see https://spec.matrix.org/v1.19/rooms/v6/#redactions */
export const redactionV6: RedactionRules = Object.freeze({
  ...redactionV1,
  content: new Map([...redactionV1.content].filter(([type]) => type !== 'm.room.aliases')),
});

/** Room version 8: who may join stays. @see https://spec.matrix.org/v1.19/rooms/v8/#redactions */
export const redactionV8: RedactionRules = Object.freeze({
  ...redactionV6,
  content: new Map<string, KeptContent>([
    ...redactionV6.content,
    ['m.room.join_rules', new Set(['join_rule', 'allow'])],
  ]),
});

/** Room versions 9 and 10: who let somebody in stays. @see https://spec.matrix.org/v1.19/rooms/v9/#redactions */
export const redactionV9: RedactionRules = Object.freeze({
  ...redactionV8,
  content: new Map<string, KeptContent>([
    ...redactionV8.content,
    ['m.room.member', new Set(['membership', 'join_authorised_via_users_server'])],
  ]),
});

/** From room version 11. @see https://spec.matrix.org/v1.19/rooms/v11/#redactions */
export const redactionV11: RedactionRules = Object.freeze({
  topLevel: new Set(
    [...redactionV9.topLevel].filter((key) => !['prev_state', 'origin', 'membership'].includes(key)),
  ),
  content: new Map<string, KeptContent>([
    ...redactionV9.content,
    ['m.room.create', 'all'],
    ['m.room.power_levels', new Set([...powerLevelKeys, 'invite'])],
    ['m.room.redaction', new Set(['redacts'])],
  ]),
  keepsSignedThirdPartyInvite: true,
});
