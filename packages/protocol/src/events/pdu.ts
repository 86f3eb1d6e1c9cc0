import type { EventId, RoomId, UserId } from '../identifiers/identifiers.ts';
import type { JsonFault, JsonObject } from '../json/json-value.ts';

/** Signatures by server name and key ID, as unpadded Base64. */
export type Signatures = { readonly [serverName: string]: { readonly [keyId: string]: string } };

/** How an event names another: by its ID, and in room versions 1 and 2 also by its reference hash, if anybody wrote it. */
export type EventReference = EventId | readonly [EventId, JsonObject];

/** The fields of an event that its author fills in, before it is hashed and signed. */
export type UnsignedPdu = JsonObject & {
  readonly type: string;
  readonly sender: UserId;
  /** Absent on the create event of rooms whose ID is that event's hash. */
  readonly room_id?: RoomId;
  readonly content: JsonObject;
  /** Present on state events. */
  readonly state_key?: string;
  /** Read with `depthOf`: before version 6 it may be larger than a number is exact. */
  readonly depth: number | JsonFault;
  /** Milliseconds since 1970, as the origin claims. */
  readonly origin_server_ts: number;
  /** Read with `prevEventIds` and `authEventIds`, whatever the room version. */
  readonly prev_events: readonly EventReference[];
  readonly auth_events: readonly EventReference[];
  /** The event's ID, in room versions where its author chooses it. */
  readonly event_id?: EventId;
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
