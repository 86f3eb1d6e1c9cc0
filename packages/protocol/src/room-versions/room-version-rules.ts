import type { RoomVersionId } from '../identifiers/identifiers.ts';

/**
 * What distinguishes a room version, as data. Each version is its predecessor with some fields replaced; code
 * asks for a field, never for the number.
 *
 * @see https://spec.matrix.org/v1.19/rooms/
 */
export type RoomVersionRules = {
  readonly id: RoomVersionId;
  /** How an event gets its ID. */
  readonly eventIdFormat: 'sender-chosen' | 'hash-standard-base64' | 'hash-url-safe-base64';
  /** Canonical JSON is enforced on receipt, and depth ends at 2^53 - 1. */
  readonly strictCanonicalJson: boolean;
  readonly stateResolution: 'v1' | 'v2' | 'v2.1';
  /** A signature counts only while its key is valid at the event's origin_server_ts. */
  readonly enforceKeyValidity: boolean;
  /** `m.room.aliases` has its own authorisation rule. */
  readonly aliasesAuthRule: boolean;
  /** `m.room.redaction` has its own authorisation rule; what passes it is carried out. */
  readonly redactionAuthRule: boolean;
  /** Changes of `notifications` in power levels are authorised like those of `events`. */
  readonly notificationLevelsAuthorized: boolean;
  readonly knock: boolean;
  readonly restrictedJoins: boolean;
  readonly knockRestrictedJoins: boolean;
  /** Power levels must be integers; before, other values were read as such. */
  readonly integerPowerLevels: boolean;
  /** The creator is the sender of the create event, not `content.creator`. */
  readonly creatorIsSender: boolean;
  /** `redacts` is in the content of a redaction, not beside it. */
  readonly redactsInContent: boolean;
  readonly redaction: RedactionRules;
  /** The room ID is the hash of the create event, which has no `room_id` and is nobody's auth event. */
  readonly roomIdIsCreateHash: boolean;
  /** Creators, among them `additional_creators`, have infinite power. */
  readonly privilegedCreators: boolean;
};

/** What survives redaction. */
export type RedactionRules = {
  /** Top-level keys. */
  readonly topLevel: ReadonlySet<string>;
  /** Content keys by event type; `'all'` keeps the whole content. */
  readonly content: ReadonlyMap<string, ReadonlySet<string> | 'all'>;
  /** `content.third_party_invite` of a membership keeps its `signed`. */
  readonly keepsSignedThirdPartyInvite: boolean;
};
