/**
 * The room versions this implementation knows.
 *
 * @see https://spec.matrix.org/v1.19/rooms/
 */
import { parseRoomVersionId, type RoomVersionId } from '../identifiers/identifiers.ts';
import type { RedactionRules, RoomVersionRules } from './room-version-rules.ts';

/** @see https://spec.matrix.org/v1.19/rooms/v9/#redactions */
const redactionV9: RedactionRules = Object.freeze({
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
  content: new Map<string, ReadonlySet<string> | 'all'>([
    ['m.room.member', new Set(['membership', 'join_authorised_via_users_server'])],
    ['m.room.create', new Set(['creator'])],
    ['m.room.join_rules', new Set(['join_rule', 'allow'])],
    [
      'm.room.power_levels',
      new Set([
        'ban',
        'events',
        'events_default',
        'kick',
        'redact',
        'state_default',
        'users',
        'users_default',
      ]),
    ],
    ['m.room.history_visibility', new Set(['history_visibility'])],
  ]),
  keepsSignedThirdPartyInvite: false,
});

/** @see https://spec.matrix.org/v1.19/rooms/v11/#redactions */
const redactionV11: RedactionRules = Object.freeze({
  topLevel: new Set(
    [...redactionV9.topLevel].filter((key) => !['prev_state', 'origin', 'membership'].includes(key)),
  ),
  content: new Map<string, ReadonlySet<string> | 'all'>([
    ...redactionV9.content,
    ['m.room.create', 'all'],
    [
      'm.room.power_levels',
      new Set([
        'ban',
        'events',
        'events_default',
        'invite',
        'kick',
        'redact',
        'state_default',
        'users',
        'users_default',
      ]),
    ],
    ['m.room.redaction', new Set(['redacts'])],
  ]),
  keepsSignedThirdPartyInvite: true,
});

const v10: RoomVersionRules = Object.freeze({
  id: versionId('10'),
  eventIdFormat: 'hash-url-safe-base64',
  strictCanonicalJson: true,
  stateResolution: 'v2',
  enforceKeyValidity: true,
  aliasesAuthRule: false,
  redactionAuthRule: false,
  notificationLevelsAuthorized: true,
  knock: true,
  restrictedJoins: true,
  knockRestrictedJoins: true,
  integerPowerLevels: true,
  creatorIsSender: false,
  redactsInContent: false,
  redaction: redactionV9,
  roomIdIsCreateHash: false,
  privilegedCreators: false,
});

const v11: RoomVersionRules = Object.freeze({
  ...v10,
  id: versionId('11'),
  creatorIsSender: true,
  redactsInContent: true,
  redaction: redactionV11,
});

const v12: RoomVersionRules = Object.freeze({
  ...v11,
  id: versionId('12'),
  stateResolution: 'v2.1',
  roomIdIsCreateHash: true,
  privilegedCreators: true,
});

const versions: ReadonlyMap<string, RoomVersionRules> = new Map(
  [v10, v11, v12].map((rules) => [rules.id, rules]),
);

/** The version that new rooms get. */
export const DEFAULT_ROOM_VERSION: RoomVersionId = v12.id;

/** All known versions, oldest first. */
export const KNOWN_ROOM_VERSIONS: readonly RoomVersionId[] = [...versions.values()].map((rules) => rules.id);

/** The rules of a room version, or undefined when it is not known here. */
export function getRoomVersion(id: string): RoomVersionRules | undefined {
  return versions.get(id);
}

function versionId(text: string): RoomVersionId {
  const id = parseRoomVersionId(text);
  if (id === undefined) throw new Error(`not a room version identifier: ${text}`);
  return id;
}
