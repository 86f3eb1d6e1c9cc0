/**
 * The state of a room that this server is not in, as another server shows it with an invitation or a knock.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#stripped-state
 */
import {
  checkPduFormat,
  isJsonArray,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  type RoomId,
  type RoomVersionRules,
  roomIdOf,
} from '@causeway/protocol';
import { invalidParam, MatrixError } from '../matrix-error.ts';

/** Most events kept of one invitation or knock. */
const MAX_EVENTS = 50;

/**
 * The fields that clients are shown. Rooms whose ID is the hash of their create event must show that event.
 *
 * @throws M_MISSING_PARAM, M_INVALID_PARAM
 */
export const readStrippedState = (
  value: JsonValue | undefined,
  rules: RoomVersionRules,
  roomId: RoomId,
): readonly JsonObject[] => {
  const events = (isJsonArray(value) ? value : []).filter(isJsonObject).slice(0, MAX_EVENTS);
  if (rules.roomIdIsCreateHash) requireCreateEvent(events, rules, roomId);
  return events.flatMap(({ type, sender, state_key, content }) =>
    typeof type === 'string' &&
    typeof sender === 'string' &&
    typeof state_key === 'string' &&
    isJsonObject(content)
      ? [{ type, sender, state_key, content }]
      : [],
  );
};

const requireCreateEvent = (events: readonly JsonObject[], rules: RoomVersionRules, roomId: RoomId): void => {
  const create = events.find((event) => event['type'] === 'm.room.create');
  if (create === undefined) {
    throw new MatrixError('M_MISSING_PARAM', "The room's m.room.create event is not shown.");
  }
  const format = checkPduFormat(rules, create);
  if (!format.ok || roomIdOf(rules, format.pdu) !== roomId) {
    throw invalidParam('The m.room.create event that is shown is not that of the room.');
  }
};
