/**
 * Matrix identifiers: branded strings, minted here and nowhere else.
 *
 * Received identifiers are read leniently, as the specification asks for historical ones; what this server
 * makes is checked with {@link isValidNewLocalpart}. All limits are in UTF-8 bytes.
 *
 * @see https://spec.matrix.org/v1.19/appendices/#identifier-grammar
 */
import { isServerNameText } from './server-name.ts';

declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

export type ServerName = Branded<'ServerName'>;
export type UserId = Branded<'UserId'>;
export type RoomId = Branded<'RoomId'>;
export type EventId = Branded<'EventId'>;
export type RoomAlias = Branded<'RoomAlias'>;
export type RoomVersionId = Branded<'RoomVersionId'>;
/** A signing key identifier such as `ed25519:a_1`. */
export type KeyId = Branded<'KeyId'>;

/** Longest identifier in bytes, sigil and server name included. */
export const MAX_IDENTIFIER_BYTES = 255;

/** A server name: `hostname[:port]`, where hostname is a DNS name, an IPv4 or a bracketed IPv6 address. */
export function parseServerName(text: string): ServerName | undefined {
  return isServerNameText(text) ? (text as ServerName) : undefined;
}

/** A user ID as received: any localpart without surrogates, `:` and NUL, even an empty one. */
export function parseUserId(text: string): UserId | undefined {
  return hasSigilAndServer(text, '@') ? (text as UserId) : undefined;
}

/** A room ID of any room version, with or without a server name. */
export function parseRoomId(text: string): RoomId | undefined {
  return isOpaqueId(text, '!') ? (text as RoomId) : undefined;
}

/** An event ID of any room version. */
export function parseEventId(text: string): EventId | undefined {
  return isOpaqueId(text, '$') ? (text as EventId) : undefined;
}

/** A room alias as received. */
export function parseRoomAlias(text: string): RoomAlias | undefined {
  return hasSigilAndServer(text, '#') ? (text as RoomAlias) : undefined;
}

/** A room version identifier: 1 to 32 characters of `a-z`, `0-9`, `.` and `-`. */
export function parseRoomVersionId(text: string): RoomVersionId | undefined {
  return /^[a-z0-9.-]{1,32}$/.test(text) ? (text as RoomVersionId) : undefined;
}

/**
 * A key identifier as received: an algorithm, a colon, and a version of printable ASCII characters. Ours have
 * versions of `a-z`, `A-Z`, `0-9` and `_`.
 */
export function parseKeyId(text: string): KeyId | undefined {
  return /^[a-z0-9_]+:[\x21-\x7e]+$/.test(text) ? (text as KeyId) : undefined;
}

/** What follows the first colon of an identifier, or undefined when there is no valid server name there. */
export function serverNameOf(id: UserId | RoomAlias): ServerName;
export function serverNameOf(id: string): ServerName | undefined;
export function serverNameOf(id: string): ServerName | undefined {
  const colon = id.indexOf(':');
  return colon < 0 ? undefined : parseServerName(id.slice(colon + 1));
}

/** What stands between the sigil and the first colon, or the end. */
export function localpartOf(id: UserId | RoomId | EventId | RoomAlias): string {
  const colon = id.indexOf(':');
  return colon < 0 ? id.slice(1) : id.slice(1, colon);
}

/**
 * Whether a received user ID may only be shown inside an event, because its localpart is empty or has
 * characters outside U+0021 to U+007E.
 *
 * @see https://spec.matrix.org/v1.19/appendices/#historical-user-ids
 */
export function isNonCompliantUserId(id: UserId): boolean {
  return !/^[\x21-\x7e]+$/.test(localpartOf(id));
}

/** Whether a user ID uses the historical character set, which is accepted but no longer given out. */
export function isHistoricalUserId(id: UserId): boolean {
  return !isValidNewLocalpart(localpartOf(id));
}

/** Whether we may give out this localpart: `a-z`, `0-9` and `._=-/+`, not empty. */
export function isValidNewLocalpart(localpart: string): boolean {
  return /^[a-z0-9._=\-/+]+$/.test(localpart);
}

/** Makes a user ID of ours; undefined when the localpart or the length is not allowed. */
export function makeUserId(localpart: string, server: ServerName): UserId | undefined {
  return isValidNewLocalpart(localpart) ? parseUserId(`@${localpart}:${server}`) : undefined;
}

/** Makes an event ID from a reference hash that is already encoded as the room version asks. */
export function makeEventId(hash: string): EventId {
  return `$${hash}` as EventId;
}

/** The ID of the room that a create event makes, in versions where the room ID is its hash. */
export function roomIdOfCreateEvent(createEventId: EventId): RoomId {
  return `!${createEventId.slice(1)}` as RoomId;
}

/** The create event that a room ID without server name implies. */
export function createEventIdOfRoom(roomId: RoomId): EventId {
  return `$${roomId.slice(1)}` as EventId;
}

function isOpaqueId(text: string, sigil: string): boolean {
  return text.length > 1 && text.startsWith(sigil) && fitsIdentifier(text) && !text.includes('\0');
}

function hasSigilAndServer(text: string, sigil: string): boolean {
  if (!text.startsWith(sigil) || !fitsIdentifier(text)) return false;
  const colon = text.indexOf(':');
  if (colon < 0 || !isServerNameText(text.slice(colon + 1))) return false;
  const nul = text.indexOf('\0');
  return (nul < 0 || nul > colon) && text.isWellFormed();
}

function fitsIdentifier(text: string): boolean {
  if (text.length > MAX_IDENTIFIER_BYTES) return false;
  return text.length * 3 <= MAX_IDENTIFIER_BYTES || Buffer.byteLength(text) <= MAX_IDENTIFIER_BYTES;
}
