/** Creates a room. @see https://spec.matrix.org/v1.19/client-server-api/#creation */

import { randomBytes } from 'node:crypto';
import {
  isJsonArray,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  parseRoomAlias,
  parseUserId,
  type RoomId,
  type RoomVersionRules,
  roomIdOf,
  serverNameOf,
  type UserId,
} from '@causeway/protocol';
import { type Engine, isLocal } from '../engine.ts';
import { invalidParam, MatrixError, refusal, refusedByPolicy } from '../matrix-error.ts';
import { optional } from '../optional-field.ts';
import { aliases, publishedRooms, rooms } from '../store/schema.ts';
import type { StoreTx } from '../store/store.ts';
import { type Appended, appendEvent, insertRoom, publishAppended } from './append-event.ts';
import type { EventTemplate } from './create-event.ts';
import { inviteUser } from './invite-user.ts';
import { leaveRoom } from './leave-room.ts';
import { memberContent } from './member-content.ts';
import { knownVersion } from './room-version.ts';
import { appendOwn } from './write-own.ts';
import { resolved } from './resolutions.ts';
import { signOwn } from './sign-own.ts';
import { faultOf } from '../refusals.ts';

/** The body of a createRoom request, as the client-server API has it. */
export type CreateRoom = {
  readonly visibility?: 'public' | 'private';
  readonly room_alias_name?: string;
  readonly name?: string;
  readonly topic?: string;
  readonly invite?: readonly string[];
  readonly room_version?: string;
  readonly creation_content?: JsonObject;
  readonly initial_state?: readonly JsonValue[];
  readonly preset?: 'private_chat' | 'trusted_private_chat' | 'public_chat';
  readonly is_direct?: boolean;
  readonly power_level_content_override?: JsonObject;
};

/**
 * Refuses with M_UNSUPPORTED_ROOM_VERSION, M_INVALID_ROOM_STATE, M_ROOM_IN_USE, M_FORBIDDEN. When an
 * invitation fails, the room exists and the error has its `room_id`; a direct message room is left again.
 */
export const createRoom = async (engine: Engine, creator: UserId, body: CreateRoom): Promise<RoomId> => {
  const version = body.room_version ?? engine.newRooms().version;
  const rules = knownVersion(engine, version);
  if (rules === undefined) {
    throw refusal('M_UNSUPPORTED_ROOM_VERSION', faultOf('version-unknown', { version }));
  }
  const invitees = (body.invite ?? []).map(readInvitee);
  const federation = await mayFederate(engine, creator, body, invitees);
  const join = await memberContent(
    engine,
    creator,
    'join',
    optional('is_direct', body.is_direct === true ? true : undefined),
  );
  const { roomId, appended } = await engine.store.transact(async (tx) => {
    const plan = await planNewRoom(engine, tx, { rules, creator, body, federation, join });
    const { pdu: create, eventId } = plan.create;
    const roomId = roomIdOf(rules, create);
    const alias = await claimAlias(engine, tx, { roomId, creator, localpart: body.room_alias_name });
    const first = await insertRoom(engine, tx, { roomId, version, create });
    const appended: Appended[] = [];
    const creating = await appendEvent(engine, tx, first, {
      eventId,
      pdu: create,
      verdict: 'accepted',
      authEvents: [],
      stateBefore: first.state_root,
      parents: [],
      place: { kind: 'live' },
      send: { kind: 'no' },
    });
    const begun = resolved(creating);
    await tx.update(rooms, { room_nid: first.room_nid }, { create_event_nid: begun.event.eventNid });
    appended.push(begun);
    let room = { ...begun.room, create_event_nid: begun.event.eventNid };
    for (const template of plan.events(alias)) {
      const one = resolved(await appendOwn(engine, tx, room, template));
      appended.push(one);
      room = one.room;
    }
    if (body.visibility === 'public') await tx.put(publishedRooms, { room_nid: room.room_nid });
    return { roomId, appended };
  });
  publishAppended(engine, appended);
  await inviteAll(engine, creator, roomId, invitees, body.is_direct === true);
  return roomId;
};

const claimAlias = async (
  engine: Engine,
  tx: StoreTx,
  {
    roomId,
    creator,
    localpart,
  }: { readonly roomId: RoomId; readonly creator: UserId; readonly localpart: string | undefined },
): Promise<string | undefined> => {
  if (localpart === undefined) return undefined;
  const alias = parseRoomAlias(`#${localpart}:${engine.serverName}`);
  if (alias === undefined || localpart.includes(':'))
    throw invalidParam(faultOf('alias-invalid', { alias: `#${localpart}` }));
  if ((await tx.get(aliases, { alias })) !== undefined) {
    throw refusal('M_ROOM_IN_USE', faultOf('alias-taken', { alias }));
  }
  await tx.insert(aliases, { alias, room_id: roomId, creator });
  return alias;
};

const readInvitee = (text: string): UserId => {
  const userId = parseUserId(text);
  if (userId === undefined) throw invalidParam(faultOf('user-id', { person: text }));
  return userId;
};

/** `with`: patterns of the only servers that may come; undefined: all. */
type Federation =
  | { readonly federate: false }
  | { readonly federate: true; readonly with: readonly string[] | undefined };

/** A room that names no preference is one of this server only when its creator may not federate. */
const mayFederate = async (
  engine: Engine,
  user: UserId,
  body: CreateRoom,
  invitees: readonly UserId[],
): Promise<Federation> => {
  const asked = body.creation_content?.['m.federate'];
  if (asked === false) return { federate: false };
  const outsiders = invitees.filter((invitee) => !isLocal(engine, invitee));
  const answer = await engine.policy.ask({ kind: 'create-federated-room', user, invitees: outsiders });
  if (answer.allowed) return { federate: true, with: answer.onlyWith };
  if (asked === undefined) return { federate: false };
  throw refusedByPolicy(answer);
};

type RoomPlan = {
  readonly rules: RoomVersionRules;
  readonly creator: UserId;
  readonly body: CreateRoom;
  readonly federation: Federation;
  /** Content of the creator's membership. */
  readonly join: JsonObject;
};

/**
 * Two rooms that one person makes in the same millisecond would have the same create event, and so the same
 * ID where the room ID is its hash: the later one is dated a millisecond on.
 */
const planNewRoom = async (engine: Engine, tx: StoreTx, input: RoomPlan) => {
  for (let ts = engine.clock.now(); ; ts++) {
    const plan = planRoom(engine, input, ts);
    if ((await engine.events.byId(tx, plan.create.eventId)) === undefined) return plan;
  }
};

const planRoom = (
  engine: Engine,
  { rules, creator, body, federation, join }: RoomPlan,
  origin_server_ts: number,
) => {
  const preset = body.preset ?? (body.visibility === 'public' ? 'public_chat' : 'private_chat');
  const trusted = preset === 'trusted_private_chat' ? (body.invite ?? []) : [];
  const content: JsonObject = {
    ...body.creation_content,
    room_version: rules.id,
    ...optional('m.federate', federation.federate ? undefined : false),
    ...optional('creator', rules.creatorIsSender ? undefined : creator),
    ...optional(
      'additional_creators',
      rules.privilegedCreators && trusted.length > 0 ? additionalCreators(body, trusted) : undefined,
    ),
  };
  const roomId = `!${randomBytes(18).toString('base64url')}:${engine.serverName}`;
  const create = signOwn(engine, rules, {
    type: 'm.room.create',
    sender: creator,
    state_key: '',
    ...optional('room_id', rules.roomIdIsCreateHash ? undefined : roomId),
    content,
    depth: 1,
    origin_server_ts,
    prev_events: [],
    auth_events: [],
  });
  const state = (type: string, content: JsonObject, stateKey = ''): EventTemplate => ({
    sender: creator,
    type,
    stateKey,
    content,
  });
  const initial = initialState(engine, body, federation);
  const events = (alias: string | undefined): readonly EventTemplate[] => [
    state('m.room.member', join, creator),
    state('m.room.power_levels', powerLevels(rules, creator, trusted, body)),
    ...(alias === undefined ? [] : [state('m.room.canonical_alias', { alias })]),
    ...withoutOverridden(
      [
        state('m.room.join_rules', { join_rule: preset === 'public_chat' ? 'public' : 'invite' }),
        state('m.room.history_visibility', { history_visibility: engine.newRooms().historyVisibility }),
        state('m.room.guest_access', {
          guest_access: preset === 'public_chat' ? 'forbidden' : 'can_join',
        }),
      ],
      initial,
    ),
    ...initial.map((value) => readInitialState(creator, value)),
    ...(body.name === undefined ? [] : [state('m.room.name', { name: body.name })]),
    ...(body.topic === undefined
      ? []
      : [state('m.room.topic', { topic: body.topic, 'm.topic': { 'm.text': [{ body: body.topic }] } })]),
  ];
  return { create, events };
};

/** A room for some servers only lets in no others, whatever its creator says. */
const initialState = (engine: Engine, body: CreateRoom, federation: Federation): readonly JsonValue[] => {
  const given = body.initial_state ?? [];
  if (!federation.federate || federation.with === undefined) return given;
  const own = engine.serverName.replace(/:[0-9]+$/, '');
  const content = { allow: [own, ...federation.with], deny: [], allow_ip_literals: true };
  return [
    ...given.filter((event) => !isJsonObject(event) || event['type'] !== 'm.room.server_acl'),
    { type: 'm.room.server_acl', state_key: '', content },
  ];
};

const additionalCreators = (body: CreateRoom, trusted: readonly string[]): readonly string[] => {
  const given = body.creation_content?.['additional_creators'];
  const listed = isJsonArray(given) ? given.filter((id) => typeof id === 'string') : [];
  return [...new Set([...listed, ...trusted])];
};

const powerLevels = (
  rules: RoomVersionRules,
  creator: UserId,
  trusted: readonly string[],
  body: CreateRoom,
): JsonObject => ({
  users: rules.privilegedCreators
    ? {}
    : { [creator]: 100, ...Object.fromEntries(trusted.map((user) => [user, 100])) },
  users_default: 0,
  events: {
    'm.room.name': 50,
    'm.room.avatar': 50,
    'm.room.canonical_alias': 50,
    'm.room.power_levels': 100,
    'm.room.history_visibility': 100,
    'm.room.tombstone': rules.privilegedCreators ? 150 : 100,
    'm.room.server_acl': 100,
    'm.room.encryption': 100,
  },
  events_default: 0,
  state_default: 50,
  ban: 50,
  kick: 50,
  redact: 50,
  invite: 0,
  notifications: { room: 50 },
  ...body.power_level_content_override,
});

const withoutOverridden = (
  events: readonly EventTemplate[],
  initial: readonly JsonValue[],
): readonly EventTemplate[] =>
  events.filter((event) => !initial.some((value) => isJsonObject(value) && value['type'] === event.type));

const readInitialState = (creator: UserId, value: JsonValue): EventTemplate => {
  const type = isJsonObject(value) ? value['type'] : undefined;
  const content = isJsonObject(value) ? value['content'] : undefined;
  const stateKey = isJsonObject(value) ? (value['state_key'] ?? '') : '';
  if (typeof type !== 'string' || !isJsonObject(content) || typeof stateKey !== 'string') {
    throw new MatrixError('M_BAD_JSON', 'Every event of initial_state has a type and a content.');
  }
  return { sender: creator, type, stateKey, content };
};

const inviteAll = async (
  engine: Engine,
  creator: UserId,
  roomId: RoomId,
  invitees: readonly UserId[],
  isDirect: boolean,
): Promise<void> => {
  for (const target of invitees) {
    try {
      await inviteUser(engine, { roomId, sender: creator, target, isDirect });
    } catch (error) {
      if (!(error instanceof MatrixError)) throw error;
      const waits = error.errcode === 'CAUSEWAY_AWAITS_APPROVAL';
      if (isDirect && invitees.length === 1 && !waits) await leaveRoom(engine, { roomId, sender: creator });
      const who = isLocal(engine, target) ? target : `${target} (${serverNameOf(target)})`;
      const { fault: because, parameters } = error.details;
      const fault = faultOf(waits ? 'invitee-waits' : 'invitee-failed', {
        ...(typeof parameters === 'object' ? parameters : {}),
        ...(typeof because === 'string' ? { because } : {}),
        who,
        why: error.message,
      });
      throw refusal(error.errcode, fault, { room_id: roomId });
    }
  }
};
