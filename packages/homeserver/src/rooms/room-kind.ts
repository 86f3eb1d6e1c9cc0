/** What kind of room it is that somebody is about to join, where the host has rules about that. */
import {
  isJsonArray,
  isJsonObject,
  parseJson,
  type RoomId,
  type ServerName,
  type UserId,
} from '@causeway/protocol';
import { type Engine, isLocal } from '../engine.ts';
import { refusedByPolicy } from '../matrix-error.ts';
import { queryHierarchy } from '../spaces/query-hierarchy.ts';
import { remoteMemberships } from '../store/schema.ts';
import type { StoreReader } from '../store/store.ts';
import { roomById, stateEvent } from './current-state.ts';

export type RoomKind = {
  readonly encrypted: boolean;
  /** Anybody can join, and this person was not invited. */
  readonly open: boolean;
};

/** Servers asked about a room. */
const MAX_SERVERS = 3;

/** @throws M_FORBIDDEN when policy refuses rooms of this kind, as far as it can be known before the join */
export const requireKindBefore = async (
  engine: Engine,
  user: UserId,
  roomId: RoomId,
  servers: readonly ServerName[],
): Promise<void> => {
  // Where every kind is welcome nobody needs to be asked.
  if (await mayJoinAny(engine, user, roomId)) return;
  const kind = await kindBefore(engine, user, roomId, servers);
  if (kind !== undefined) await requireKind(engine, user, roomId, kind);
};

/** The same, when the room is here: what another server told of it may have been wrong. */
export const requireKindHere = async (
  engine: Engine,
  user: UserId,
  roomId: RoomId,
  invited: boolean,
): Promise<void> => {
  if (await mayJoinAny(engine, user, roomId)) return;
  const kind = await engine.store.read((reader) => kindHere(engine, reader, roomId, invited));
  if (kind !== undefined) await requireKind(engine, user, roomId, kind);
};

const mayJoinAny = async (engine: Engine, user: UserId, roomId: RoomId): Promise<boolean> =>
  (await engine.policy.ask({ kind: 'join-room-of-kind', user, roomId, encrypted: true, open: true })).allowed;

const requireKind = async (engine: Engine, user: UserId, roomId: RoomId, kind: RoomKind): Promise<void> => {
  const answer = await engine.policy.ask({ kind: 'join-room-of-kind', user, roomId, ...kind });
  if (!answer.allowed) throw refusedByPolicy(answer);
};

const kindBefore = async (
  engine: Engine,
  user: UserId,
  roomId: RoomId,
  servers: readonly ServerName[],
): Promise<RoomKind | undefined> => {
  const invitation = await engine.store.read(async (reader) => {
    const user_nid = await engine.names.userNid(reader, user);
    if (user_nid === undefined) return undefined;
    const row = await reader.get(remoteMemberships, { user_nid, room_id: roomId });
    return row?.membership === 'invite' ? row.stripped_state : undefined;
  });
  if (invitation !== undefined) return { encrypted: saysEncrypted(invitation), open: false };
  for (const server of servers.slice(0, MAX_SERVERS)) {
    const answer = await queryHierarchy(engine, server, roomId);
    if (answer.kind !== 'found') continue;
    const { encryption, join_rule } = answer.hierarchy.room;
    return { encrypted: encryption !== undefined, open: (join_rule ?? 'public') === 'public' };
  }
  return undefined;
};

const saysEncrypted = (strippedState: string): boolean => {
  const parsed = parseJson(strippedState);
  const events = parsed.ok && isJsonArray(parsed.value) ? parsed.value : [];
  return events.some((event) => isJsonObject(event) && event.type === 'm.room.encryption');
};

const kindHere = async (
  engine: Engine,
  reader: StoreReader,
  roomId: RoomId,
  invited: boolean,
): Promise<RoomKind | undefined> => {
  const room = await roomById(reader, roomId);
  const create = room && (await engine.events.byNid(reader, room.create_event_nid));
  if (room === undefined || create === undefined || isLocal(engine, create.pdu.sender)) return undefined;
  const content = async (type: string) => (await stateEvent(engine, reader, room, type, ''))?.pdu.content;
  return {
    encrypted: (await content('m.room.encryption')) !== undefined,
    open: !invited && (await content('m.room.join_rules'))?.join_rule === 'public',
  };
};
