import type { EventId, RoomId, UserId } from '../identifiers/identifiers.ts';
import type { JsonObject } from '../json/json-value.ts';

/** Signatures by server name and key ID, as unpadded Base64. */
export type Signatures = { readonly [serverName: string]: { readonly [keyId: string]: string } };

/** The fields of an event that its author fills in, before it is hashed and signed. */
export type UnsignedPdu = JsonObject & {
  readonly type: string;
  readonly sender: UserId;
  /** Absent on the create event of rooms whose ID is that event's hash. */
  readonly room_id?: RoomId;
  readonly content: JsonObject;
  /** Present on state events. */
  readonly state_key?: string;
  readonly depth: number;
  /** Milliseconds since 1970, as the origin claims. */
  readonly origin_server_ts: number;
  readonly prev_events: readonly EventId[];
  readonly auth_events: readonly EventId[];
  readonly unsigned?: JsonObject;
};

/**
 * A persistent data unit: an event as servers exchange it.
 *
 * @see https://spec.matrix.org/v1.19/server-server-api/#pdus
 */
export type Pdu = UnsignedPdu & {
  readonly hashes: { readonly sha256: string };
  readonly signatures: Signatures;
};
