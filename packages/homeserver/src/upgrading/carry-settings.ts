/**
 * Takes over what somebody has set for a room when they join the room that replaces it: tags, notification
 * settings, and that it is a direct message.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#server-behaviour-18
 */
import {
  isJsonArray,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  type PushRule,
  type PushRuleset,
  type UserId,
} from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import { roomById, stateEvent } from '../rooms/current-state.ts';
import type { RoomRow } from '../store/schema.ts';
import type { StoreReader } from '../store/store.ts';
import {
  publishAccountData,
  readAccountData,
  updateAccountData,
  writeAccountData,
} from '../users/account-data.ts';
import { getPushRules, updatePushRules } from '../users/push-rules.ts';

/** Called when a local user joined a room. Does nothing for a room that replaces none, or done before. */
export const carrySettings = async (engine: Engine, userId: UserId, roomId: string): Promise<void> => {
  const oldId = await engine.store.read(async (reader) => {
    const room = await roomById(reader, roomId);
    return room && (await predecessorOf(engine, reader, room))?.room_id;
  });
  if (oldId === undefined) return;
  await carryTags(engine, userId, oldId, roomId);
  await carryDirect(engine, userId, oldId, roomId);
  await carryPushRules(engine, userId, oldId, roomId);
};

const carryTags = async (engine: Engine, userId: UserId, oldId: string, newId: string): Promise<void> => {
  const written = await engine.store.transact(async (tx) => {
    const old = await readAccountData(engine, tx, { userId, roomId: oldId, type: 'm.tag' });
    const key = { userId, roomId: newId, type: 'm.tag' };
    if (old === undefined || (await readAccountData(engine, tx, key)) !== undefined) return undefined;
    return writeAccountData(engine, tx, key, old);
  });
  if (written !== undefined) publishAccountData(engine, written);
};

const carryDirect = async (engine: Engine, userId: UserId, oldId: string, newId: string): Promise<void> => {
  const key = { userId, roomId: '', type: 'm.direct' };
  const known = await engine.store.read((reader) => readAccountData(engine, reader, key));
  const rooms = Object.values(known ?? {}).filter((list) => isJsonArray(list));
  if (!rooms.some((list) => list.includes(oldId)) || rooms.some((list) => list.includes(newId))) return;
  await updateAccountData(engine, key, (content) =>
    Object.fromEntries(
      Object.entries(content).map(([person, list]) => [
        person,
        isJsonArray(list) && list.includes(oldId) ? [...list, newId] : list,
      ]),
    ),
  );
};

const carryPushRules = async (
  engine: Engine,
  userId: UserId,
  oldId: string,
  newId: string,
): Promise<void> => {
  const before = await getPushRules(engine, userId);
  if (renamedRules(before, oldId, newId) === before) return;
  await updatePushRules(engine, userId, (rules) => renamedRules(rules, oldId, newId));
};

/** The rules, with a copy for the new room of each that is about the old one. */
const renamedRules = (rules: PushRuleset, oldId: string, newId: string): PushRuleset => {
  const copies = (list: readonly PushRule[]): readonly PushRule[] =>
    list.flatMap((rule) => {
      if (rule.default || !isAbout(rule, oldId)) return [];
      const copy = copied(rule, oldId, newId);
      return list.some(({ rule_id }) => rule_id === copy.rule_id) ? [] : [copy];
    });
  const override = copies(rules.override);
  const room = copies(rules.room);
  if (override.length + room.length === 0) return rules;
  return { ...rules, override: [...override, ...rules.override], room: [...room, ...rules.room] };
};

const isAbout = (rule: PushRule, roomId: string): boolean =>
  rule.rule_id === roomId || (rule.conditions ?? []).some((condition) => namesRoom(condition, roomId));

const namesRoom = ({ kind, key, pattern }: JsonObject, roomId: string): boolean =>
  kind === 'event_match' && key === 'room_id' && pattern === roomId;

const copied = (rule: PushRule, oldId: string, newId: string): PushRule => ({
  ...rule,
  rule_id: rule.rule_id.includes(oldId) ? rule.rule_id.replace(oldId, newId) : `${rule.rule_id} ${newId}`,
  ...(rule.conditions === undefined
    ? {}
    : {
        conditions: rule.conditions.map((condition) =>
          namesRoom(condition, oldId) ? { ...condition, pattern: newId as JsonValue } : condition,
        ),
      }),
});

/** The room that a room names as its predecessor, if that one names it as its replacement, too. */
const predecessorOf = async (
  engine: Engine,
  reader: StoreReader,
  room: RoomRow,
): Promise<RoomRow | undefined> => {
  const create = await engine.events.byNid(reader, room.create_event_nid);
  const { predecessor } = create.pdu.content;
  const named = isJsonObject(predecessor) ? predecessor.room_id : undefined;
  const old = typeof named === 'string' ? await roomById(reader, named) : undefined;
  const tombstone = old && (await stateEvent(engine, reader, old, 'm.room.tombstone', ''));
  return tombstone?.pdu.content.replacement_room === room.room_id ? old : undefined;
};
