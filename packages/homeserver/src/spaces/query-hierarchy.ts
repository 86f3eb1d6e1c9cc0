/** What another server tells of a room or space. @see https://spec.matrix.org/v1.19/server-server-api/#get_matrixfederationv1hierarchyroomid */
import {
  isJsonArray,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  type ServerName,
} from '@causeway/protocol';
import { LRUCache } from 'lru-cache';
import type { Engine } from '../engine.ts';
import { readRoom } from '../federation/query-public-rooms.ts';
import { path, requestRemote } from '../federation/signed-request.ts';
import { inOrder, type RoomSummary, readChildren, type SpaceChild } from './summarise-room.ts';

export type RemoteHierarchy = {
  readonly server: ServerName;
  readonly room: RoomSummary;
  readonly childrenState: readonly SpaceChild[];
  readonly children: ReadonlyMap<string, RoomSummary>;
  readonly inaccessible: ReadonlySet<string>;
};

export type HierarchyAnswerOf =
  | { readonly kind: 'found'; readonly hierarchy: RemoteHierarchy }
  /** The server answered, and tells nothing of this room. */
  | { readonly kind: 'refused' }
  | { readonly kind: 'unreachable' };

export type HierarchyCache = LRUCache<string, RemoteHierarchy>;

/** "Responses to this endpoint should be cached for a period of time." */
const LIFETIME_MS = 5 * 60_000;
const MAX_CACHED = 500;
const TIMEOUT_MS = 6_000;
/** Children taken of one answer. */
const MAX_CHILDREN = 500;
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;

export const createHierarchyCache = (): HierarchyCache => new LRUCache({ max: MAX_CACHED, ttl: LIFETIME_MS });

export const queryHierarchy = async (
  engine: Engine,
  server: ServerName,
  roomId: string,
): Promise<HierarchyAnswerOf> => {
  const key = `${server} ${roomId}`;
  const known = engine.hierarchies.get(key);
  if (known !== undefined) return { kind: 'found', hierarchy: known };
  const answer = await requestRemote(engine, {
    destination: server,
    method: 'GET',
    path: path`/_matrix/federation/v1/hierarchy/${roomId}`,
    timeoutMs: TIMEOUT_MS,
    maxBytes: MAX_ANSWER_BYTES,
  });
  if (answer.kind === 'failed') return { kind: 'unreachable' };
  const hierarchy = answer.kind === 'ok' ? readHierarchy(server, answer.body, roomId) : undefined;
  if (hierarchy === undefined) return { kind: 'refused' };
  engine.hierarchies.set(key, hierarchy);
  return { kind: 'found', hierarchy };
};

const readHierarchy = (server: ServerName, body: JsonObject, roomId: string): RemoteHierarchy | undefined => {
  const room = readSummary(body.room ?? null);
  if (room?.room_id !== roomId || !isJsonObject(body.room)) return undefined;
  const summaries = listIn(body, 'children').flatMap((value) => readSummary(value) ?? []);
  const inaccessible = listIn(body, 'inaccessible_children').filter((id) => typeof id === 'string');
  return {
    server,
    room,
    childrenState: inOrder(readChildren(listIn(body.room, 'children_state'))),
    children: new Map(summaries.map((summary) => [summary.room_id, summary])),
    inaccessible: new Set(inaccessible),
  };
};

const listIn = (object: JsonObject, name: string): readonly JsonValue[] => {
  const value = object[name];
  return isJsonArray(value) ? value.slice(0, MAX_CHILDREN) : [];
};

const readSummary = (value: JsonValue): RoomSummary | undefined => {
  const [room] = readRoom(value);
  if (room === undefined || !isJsonObject(value)) return undefined;
  const { room_version, encryption, allowed_room_ids: allowed } = value;
  return {
    ...room,
    ...(typeof room_version === 'string' ? { room_version } : {}),
    ...(typeof encryption === 'string' ? { encryption } : {}),
    ...(isJsonArray(allowed)
      ? { allowed_room_ids: allowed.filter((id) => typeof id === 'string').slice(0, MAX_CHILDREN) }
      : {}),
  };
};
