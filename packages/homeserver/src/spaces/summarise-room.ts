/** What somebody is told of a room before they join it. @see https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv1roomsroomidhierarchy */
import { isJsonArray, isJsonObject, type JsonObject, type JsonValue, parseRoomId } from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import { type PublicRoom, publicRoom } from '../reading/public-rooms.ts';
import { stateEvent } from '../rooms/current-state.ts';
import type { StoredEvent } from '../rooms/event-cache.ts';
import { type RoomRow, stateKeys } from '../store/schema.ts';
import type { StoreReader } from '../store/store.ts';

export type RoomSummary = PublicRoom & {
  readonly room_version?: string;
  readonly encryption?: string;
  /** Rooms whose members may join, of a restricted room. */
  readonly allowed_room_ids?: readonly string[];
};

export type SpaceChild = JsonObject & {
  readonly state_key: string;
  readonly content: JsonObject;
  readonly origin_server_ts: number;
};

/** Children of spaces known to this server, of all spaces together. */
const MAX_CHILD_KEYS = 10_000;

export const summariseRoom = async (
  engine: Engine,
  reader: StoreReader,
  room: RoomRow,
): Promise<RoomSummary> => {
  const encryption = (await stateEvent(engine, reader, room, 'm.room.encryption', ''))?.pdu.content.algorithm;
  const allowed = await allowedRooms(engine, reader, room);
  return {
    ...(await publicRoom(engine, reader, room)),
    room_version: room.room_version,
    ...(typeof encryption === 'string' ? { encryption } : {}),
    ...(allowed.length === 0 ? {} : { allowed_room_ids: allowed }),
  };
};

/** Rooms whose members may join by a restricted rule; empty for other rules. */
export const allowedRooms = async (
  engine: Engine,
  reader: StoreReader,
  room: RoomRow,
): Promise<readonly string[]> => {
  const rules = (await stateEvent(engine, reader, room, 'm.room.join_rules', ''))?.pdu.content;
  const rule = rules?.join_rule;
  const allow = rules?.allow;
  if ((rule !== 'restricted' && rule !== 'knock_restricted') || !isJsonArray(allow)) return [];
  return allow.flatMap((condition) => {
    const roomId = isJsonObject(condition) ? condition.room_id : undefined;
    return typeof roomId === 'string' && parseRoomId(roomId) !== undefined ? [roomId] : [];
  });
};

/** The children of a space in their order; empty for a room that is no space. */
export const spaceChildren = async (
  engine: Engine,
  reader: StoreReader,
  room: RoomRow,
): Promise<readonly SpaceChild[]> => {
  const create = await engine.events.byNid(reader, room.create_event_nid);
  if (create.pdu.content.type !== 'm.space') return [];
  const keys = await reader.scan(stateKeys, {
    index: 'by_value',
    where: { type: 'm.space.child' },
    limit: MAX_CHILD_KEYS,
  });
  const children: SpaceChild[] = [];
  for (const { state_key_nid } of keys) {
    const nid = await engine.states.get(reader, room.room_nid, room.state_root, state_key_nid);
    const event = nid === undefined ? undefined : await engine.events.byNid(reader, nid);
    if (event !== undefined) children.push(...readChildren([strippedChild(event)]));
  }
  return inOrder(children);
};

const strippedChild = ({ pdu }: StoredEvent): JsonObject => ({
  type: pdu.type,
  state_key: pdu.state_key ?? '',
  content: pdu.content,
  sender: pdu.sender,
  origin_server_ts: pdu.origin_server_ts,
});

/** The children that name servers to reach them through; the others were removed, or never were. */
export const readChildren = (values: readonly JsonValue[]): readonly SpaceChild[] =>
  values.flatMap((value) => {
    if (!isJsonObject(value) || value.type !== 'm.space.child') return [];
    const { state_key, content, origin_server_ts } = value;
    if (typeof state_key !== 'string' || parseRoomId(state_key) === undefined) return [];
    if (!isJsonObject(content) || viaOf(content).length === 0) return [];
    return [
      {
        ...value,
        state_key,
        content,
        origin_server_ts: typeof origin_server_ts === 'number' ? origin_server_ts : 0,
      },
    ];
  });

export const viaOf = ({ via }: JsonObject): readonly string[] =>
  isJsonArray(via) ? via.filter((name) => typeof name === 'string') : [];

/** @see https://spec.matrix.org/v1.19/client-server-api/#ordering-of-children-within-a-space */
export const inOrder = (children: readonly SpaceChild[]): readonly SpaceChild[] =>
  children.toSorted((a, b) => {
    const [first, second] = [orderOf(a), orderOf(b)];
    if (first !== second) {
      if (first === undefined) return 1;
      if (second === undefined) return -1;
      return first < second ? -1 : 1;
    }
    return a.origin_server_ts - b.origin_server_ts || (a.state_key < b.state_key ? -1 : 1);
  });

const orderOf = ({ content }: SpaceChild): string | undefined => {
  const { order } = content;
  return typeof order === 'string' && /^[\x20-\x7e]{1,50}$/.test(order) ? order : undefined;
};
