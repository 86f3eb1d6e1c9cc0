/**
 * The room versions this implementation knows.
 *
 * @see https://spec.matrix.org/v1.19/rooms/
 */
import { parseRoomVersionId, type RoomVersionId } from '../identifiers/identifiers.ts';
import { redactionV1, redactionV6, redactionV8, redactionV9, redactionV11 } from './redaction-rules.ts';
import type { RoomVersionRules } from './room-version-rules.ts';

const v1: RoomVersionRules = Object.freeze({
  id: versionId('1'),
  eventIdFormat: 'sender-chosen',
  strictCanonicalJson: false,
  stateResolution: 'v1',
  enforceKeyValidity: false,
  aliasesAuthRule: true,
  redactionAuthRule: true,
  notificationLevelsAuthorized: false,
  knock: false,
  restrictedJoins: false,
  knockRestrictedJoins: false,
  integerPowerLevels: false,
  creatorIsSender: false,
  redactsInContent: false,
  redaction: redactionV1,
  roomIdIsCreateHash: false,
  privilegedCreators: false,
});

const v2: RoomVersionRules = Object.freeze({ ...v1, id: versionId('2'), stateResolution: 'v2' });

const v3: RoomVersionRules = Object.freeze({
  ...v2,
  id: versionId('3'),
  eventIdFormat: 'hash-standard-base64',
  redactionAuthRule: false,
});

const v4: RoomVersionRules = Object.freeze({
  ...v3,
  id: versionId('4'),
  eventIdFormat: 'hash-url-safe-base64',
});

const v5: RoomVersionRules = Object.freeze({ ...v4, id: versionId('5'), enforceKeyValidity: true });

const v6: RoomVersionRules = Object.freeze({
  ...v5,
  id: versionId('6'),
  strictCanonicalJson: true,
  aliasesAuthRule: false,
  notificationLevelsAuthorized: true,
  redaction: redactionV6,
});

const v7: RoomVersionRules = Object.freeze({ ...v6, id: versionId('7'), knock: true });

const v8: RoomVersionRules = Object.freeze({
  ...v7,
  id: versionId('8'),
  restrictedJoins: true,
  redaction: redactionV8,
});

const v9: RoomVersionRules = Object.freeze({ ...v8, id: versionId('9'), redaction: redactionV9 });

const v10: RoomVersionRules = Object.freeze({
  ...v9,
  id: versionId('10'),
  knockRestrictedJoins: true,
  integerPowerLevels: true,
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
  [v1, v2, v3, v4, v5, v6, v7, v8, v9, v10, v11, v12].map((rules) => [rules.id, rules]),
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
