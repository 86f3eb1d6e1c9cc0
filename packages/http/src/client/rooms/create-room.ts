import { type CreateRoom, createRoom, MatrixError } from '@causeway/homeserver';
import type { JsonObject } from '@causeway/protocol';
import { refuseFaults } from '../../read-json.ts';
import { route, v3 } from '../client-route.ts';
import {
  optionalBoolean,
  optionalChoice,
  optionalList,
  optionalObject,
  optionalString,
  optionalStrings,
} from '../fields.ts';

/** @see https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3createroom */
export const postCreateRoom = route('POST', v3('/createRoom'), async ({ engine, userId, request }) => {
  const body = request.jsonObject();
  refuseFaults(body);
  if ((optionalList(body, 'invite_3pid') ?? []).length > 0) {
    throw new MatrixError('M_THREEPID_DENIED', 'This server invites by user ID only.');
  }
  return { room_id: await createRoom(engine, userId, readCreateRoom(body)) };
});

const readCreateRoom = (body: JsonObject): CreateRoom => ({
  visibility: optionalChoice(body, 'visibility', ['public', 'private']),
  room_alias_name: optionalString(body, 'room_alias_name'),
  name: optionalString(body, 'name'),
  topic: optionalString(body, 'topic'),
  invite: optionalStrings(body, 'invite'),
  room_version: optionalString(body, 'room_version'),
  creation_content: optionalObject(body, 'creation_content'),
  initial_state: optionalList(body, 'initial_state'),
  preset: optionalChoice(body, 'preset', ['private_chat', 'trusted_private_chat', 'public_chat']),
  is_direct: optionalBoolean(body, 'is_direct'),
  power_level_content_override: optionalObject(body, 'power_level_content_override'),
});
