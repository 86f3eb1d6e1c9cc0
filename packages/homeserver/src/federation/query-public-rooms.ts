/** The room directory of another server. @see https://spec.matrix.org/v1.19/server-server-api/#public-room-directory */
import {
  isJsonArray,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  type ServerName,
} from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import { optional } from '../optional-field.ts';
import type { PublicRoom, PublicRooms, PublicRoomsRequest } from '../reading/public-rooms.ts';
import { bodyOrThrow, requestRemote } from './signed-request.ts';

/** Most rooms taken of one answer. */
const MAX_ROOMS = 500;

/** @throws CAUSEWAY_UNREACHABLE, or what the server refuses with */
export const queryPublicRooms = async (
  engine: Engine,
  server: ServerName,
  request: Omit<PublicRoomsRequest, 'forOtherServer'>,
): Promise<PublicRooms> => {
  const answer = await requestRemote(engine, {
    destination: server,
    method: 'POST',
    path: '/_matrix/federation/v1/publicRooms',
    body: {
      ...optional('limit', request.limit),
      ...optional('since', request.since),
      filter: {
        ...optional('generic_search_term', request.searchTerm),
        ...optional('room_types', request.roomTypes),
      },
    },
  });
  const body = bodyOrThrow(server, answer);
  const rooms = isJsonArray(body['chunk']) ? body['chunk'] : [];
  const total = body['total_room_count_estimate'];
  const chunk = rooms.slice(0, MAX_ROOMS).flatMap(readRoom);
  return {
    chunk,
    total_room_count_estimate: typeof total === 'number' ? total : chunk.length,
    ...textField(body, 'next_batch'),
    ...textField(body, 'prev_batch'),
  };
};

/** What another server says of a room; empty when it says nothing of use. */
export const readRoom = (value: JsonValue): readonly PublicRoom[] => {
  if (!isJsonObject(value) || typeof value['room_id'] !== 'string') return [];
  const members = value['num_joined_members'];
  return [
    {
      room_id: value['room_id'],
      num_joined_members: typeof members === 'number' ? members : 0,
      world_readable: value['world_readable'] === true,
      guest_can_join: value['guest_can_join'] === true,
      ...textField(value, 'name'),
      ...textField(value, 'topic'),
      ...textField(value, 'avatar_url'),
      ...textField(value, 'canonical_alias'),
      ...textField(value, 'join_rule'),
      ...textField(value, 'room_type'),
    },
  ];
};

const textField = (object: JsonObject, name: string): { readonly [field: string]: string } => {
  const value = object[name];
  return typeof value === 'string' ? { [name]: value } : {};
};
