/**
 * Entering and leaving rooms through another server. From the draft that a server makes only the room
 * version, the parents, the auth events, the depth and, for restricted rooms, the authorising user are taken;
 * the rest of the event is ours, so that nobody gets something else signed.
 *
 * @see https://spec.matrix.org/v1.19/server-server-api/#joining-rooms
 */
import {
  type EventReference,
  integerIn,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  parseUserId,
  readReferences,
  type RoomId,
  type RoomVersionRules,
  type ServerName,
  serverNameOf,
  type UserId,
} from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import { MatrixError, notFound, refusal, unreachable } from '../matrix-error.ts';
import { optional } from '../optional-field.ts';
import type { VerifiedPdu } from '../rooms/receive-pdu.ts';
import { knownVersion } from '../rooms/room-version.ts';
import { signOwn } from '../rooms/sign-own.ts';
import { bodyOrThrow, path, type RemoteAnswer, requestRemote } from './signed-request.ts';
import { faultOf } from '../refusals.ts';

/** Servers tried before giving up. */
const MAX_SERVERS = 5;
/** A person waits at most so long for all servers together. */
const MAKE_BUDGET_MS = 12_000;

export type RemoteMembership = {
  readonly membership: 'join' | 'leave' | 'knock';
  readonly roomId: RoomId;
  readonly userId: UserId;
  readonly content: JsonObject;
  readonly signal?: AbortSignal;
};

export type SignedMembership = VerifiedPdu & { readonly rules: RoomVersionRules };

export type Attempts<R> = {
  readonly attempt: (server: ServerName, timeoutMs: number) => Promise<R>;
  /** Told of a failure before the next server is tried; may throw to end it all. */
  readonly refused?: (server: ServerName, reason: string) => void;
};

/**
 * Tries servers in turn. A refusal that says why counts more than a server that can't be reached.
 *
 * @throws M_NOT_FOUND when there is no server to try, the first refusal, or CAUSEWAY_UNREACHABLE
 */
export const throughServers = async <R>(
  engine: Engine,
  roomId: RoomId,
  servers: readonly ServerName[],
  { attempt, refused }: Attempts<R>,
): Promise<R> => {
  if (servers.length === 0) {
    throw notFound(faultOf('room-no-server', { room: roomId }));
  }
  const reasons: string[] = [];
  let first: MatrixError | undefined;
  const deadline = engine.clock.now() + MAKE_BUDGET_MS;
  for (const server of servers.slice(0, MAX_SERVERS)) {
    const left = deadline - engine.clock.now();
    if (left <= 0) break;
    try {
      return await attempt(server, left);
    } catch (error) {
      if (!(error instanceof MatrixError)) throw error;
      engine.log.info('membership refused', { server, room_id: roomId, reason: error.message });
      refused?.(server, error.message);
      reasons.push(error.message);
      if (error.errcode !== 'CAUSEWAY_UNREACHABLE') first ??= error;
    }
  }
  throw first ?? unreachable(reasons.join(' '));
};

/** Our signed membership event on the ground of a server's draft. */
export const draftThrough = async (
  engine: Engine,
  server: ServerName,
  wanted: RemoteMembership,
  timeoutMs: number,
): Promise<SignedMembership> => {
  const { membership, roomId, userId, signal } = wanted;
  const versions = engine.roomVersions.map((version) => `ver=${encodeURIComponent(version)}`).join('&');
  const answer = await requestRemote(engine, {
    destination: server,
    method: 'GET',
    path: `${path`/_matrix/federation/v1/make_${membership}/${roomId}/${userId}`}?${versions}`,
    timeoutMs,
    ...(signal === undefined ? {} : { signal }),
  });
  const body = bodyOrThrow(server, withVersionExplained(answer));
  const version = body['room_version'] ?? '1';
  const rules = knownVersion(engine, version);
  if (rules === undefined) {
    throw refusal('M_UNSUPPORTED_ROOM_VERSION', faultOf('version-unknown', { version: String(version) }));
  }
  return { rules, ...signOurs(engine, rules, server, wanted, checkedDraft(server, wanted, body['event'])) };
};

/** "The caller MUST check": that the draft is about this membership and nothing else. */
const checkedDraft = (
  server: ServerName,
  { membership, roomId, userId }: RemoteMembership,
  draft: JsonValue | undefined,
): JsonObject => {
  if (!isJsonObject(draft)) throw badAnswer(server, 'it has no event');
  const content = draft['content'];
  const isOurs =
    draft['type'] === 'm.room.member' &&
    draft['sender'] === userId &&
    draft['state_key'] === userId &&
    draft['room_id'] === roomId &&
    isJsonObject(content) &&
    content['membership'] === membership;
  if (!isOurs) throw badAnswer(server, `it is not the ${membership} that was asked for`);
  return draft;
};

const signOurs = (
  engine: Engine,
  rules: RoomVersionRules,
  server: ServerName,
  { roomId, userId, content }: RemoteMembership,
  draft: JsonObject,
): VerifiedPdu =>
  signOwn(engine, rules, {
    type: 'm.room.member',
    room_id: roomId,
    sender: userId,
    state_key: userId,
    content: {
      ...content,
      ...optional('join_authorised_via_users_server', vouching(rules, server, draft)),
    },
    depth: depthOf(draft),
    origin_server_ts: engine.clock.now(),
    prev_events: referencesIn(server, rules, draft, 'prev_events'),
    auth_events: referencesIn(server, rules, draft, 'auth_events'),
  });

/** The user who vouches for a join by a restricted rule: one of the resident server, or nobody. */
const vouching = (rules: RoomVersionRules, server: ServerName, draft: JsonObject): UserId | undefined => {
  const content = draft['content'];
  const named = isJsonObject(content) ? content['join_authorised_via_users_server'] : undefined;
  const user = rules.restrictedJoins && typeof named === 'string' ? parseUserId(named) : undefined;
  return user !== undefined && serverNameOf(user) === server ? user : undefined;
};

const withVersionExplained = (answer: RemoteAnswer): RemoteAnswer => {
  if (answer.kind !== 'refused' || answer.errcode !== 'M_INCOMPATIBLE_ROOM_VERSION') return answer;
  const version = String(answer.body['room_version'] ?? 'unknown');
  return {
    ...answer,
    error: `the room has version ${version}, which this server does not know`,
  };
};

export const badAnswer = (server: ServerName, what: string) =>
  refusal('CAUSEWAY_BAD_ANSWER', faultOf('bad-answer', { server, why: what }));

const depthOf = (draft: JsonObject): number => {
  const depth = integerIn(draft['depth']) ?? 1;
  return Math.min(Math.max(Number(depth), 1), Number.MAX_SAFE_INTEGER);
};

const referencesIn = (
  server: ServerName,
  rules: RoomVersionRules,
  draft: JsonObject,
  key: 'prev_events' | 'auth_events',
): readonly EventReference[] => {
  const references = readReferences(rules, draft[key]);
  if (references === undefined)
    throw badAnswer(server, `its ${key} are not those of room version ${rules.id}`);
  return references;
};
