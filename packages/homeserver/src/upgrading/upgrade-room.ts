/**
 * Replaces a room by a new one: of another version, or (for a room of this organisation only) by one that
 * others can join.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#room-upgrades
 */
import {
  isJsonArray,
  type JsonObject,
  parseRoomId,
  parseUserId,
  powerLevelOf,
  type RoomId,
  type RoomVersionRules,
  requiredPowerLevel,
  roomCreators,
  type UserId,
} from '@causeway/protocol';
import { type Engine, isLocal } from '../engine.ts';
import { forbidden, invalidParam, MatrixError, refusal } from '../matrix-error.ts';
import { optional } from '../optional-field.ts';
import { openJoinedRoom } from '../reading/room-access.ts';
import { type CreateRoom, createRoom } from '../rooms/create-room.ts';
import { roomById, rulesOf, stateEvent, stateEvents } from '../rooms/current-state.ts';
import type { StoredEvent } from '../rooms/event-cache.ts';
import { inviteUser } from '../rooms/invite-user.ts';
import { knownVersion } from '../rooms/room-version.ts';
import { sendEvent } from '../rooms/send-event.ts';
import { aliases, forwardExtremities, memberships, publishedRooms, type RoomRow } from '../store/schema.ts';
import type { StoreReader } from '../store/store.ts';
import { carriedLevels, carriedState, withAdmin } from './carried-state.ts';
import { carrySettings } from './carry-settings.ts';
import { faultOf } from '../refusals.ts';

/** A room is to go on in a new one of another version. */
export type UpgradeRoom = {
  readonly roomId: RoomId;
  readonly userId: UserId;
  readonly deviceId: string;
  /** Undefined: this server's default. */
  readonly version: string | undefined;
  readonly additionalCreators: readonly string[];
  /** Undefined: as the old room is. */
  readonly federate: boolean | undefined;
};

/** Members who are invited into the new room; of a larger room the others find it through the old one. */
const MAX_INVITED = 1_000;

/**
 * Returns the new room's ID. A second call while or after one runs gives the same room. Refuses with
 * M_FORBIDDEN (who may not send a tombstone, or policy), M_UNSUPPORTED_ROOM_VERSION, M_INVALID_PARAM.
 */
export const upgradeRoom = (engine: Engine, input: UpgradeRoom): Promise<RoomId> =>
  // A queue of its own: what is done below waits in the room's.
  engine.roomQueue.run(`upgrade of ${input.roomId}`, async () => {
    const old = await engine.store.read((reader) => readOldRoom(engine, reader, input));
    if (old.replacement !== undefined) return old.replacement;
    const plan = planReplacement(engine, input, old);
    const replacement = await createRoom(engine, input.userId, plan.body);
    if (plan.finalLevels !== undefined) {
      await setState(engine, input.userId, replacement, 'm.room.power_levels', plan.finalLevels);
    }
    await moveAliases(engine, input, old, replacement);
    await setState(engine, input.userId, input.roomId, 'm.room.tombstone', {
      body: 'This room has been replaced.',
      replacement_room: replacement,
    });
    await closeOldRoom(engine, input, old);
    await carrySettings(engine, input.userId, replacement);
    void inviteMembers(engine, input, replacement).catch((error: unknown) => {
      if (!engine.signal.aborted) engine.log.error('members not invited', error, { room: replacement });
    });
    return replacement;
  });

type OldRoom = {
  readonly room: RoomRow;
  readonly state: readonly StoredEvent[];
  readonly create: StoredEvent;
  readonly levels: StoredEvent | undefined;
  readonly lastEventId: string | undefined;
  /** The room that already replaces it, where this server knows that one. */
  readonly replacement: RoomId | undefined;
};

const readOldRoom = async (engine: Engine, reader: StoreReader, input: UpgradeRoom): Promise<OldRoom> => {
  const { room } = await openJoinedRoom(engine, reader, input, input.roomId);
  const create = await engine.events.byNid(reader, room.create_event_nid);
  const levels = await stateEvent(engine, reader, room, 'm.room.power_levels', '');
  const needed = requiredPowerLevel(rulesOf(room), levels?.pdu, 'm.room.tombstone', true);
  if (powerLevelOf(rulesOf(room), create.pdu, levels?.pdu, input.userId) < needed) {
    throw forbidden(faultOf('upgrade-not-yours'));
  }
  const tombstone = await stateEvent(engine, reader, room, 'm.room.tombstone', '');
  const named = tombstone?.pdu.content.replacement_room;
  const successor = typeof named === 'string' ? await roomById(reader, named) : undefined;
  const where = { room_nid: room.room_nid };
  const tip = await reader.first(forwardExtremities, { where, reverse: true });
  return {
    room,
    state: await stateEvents(engine, reader, room),
    create,
    levels,
    lastEventId: tip && (await engine.events.byNid(reader, tip.event_nid)).eventId,
    replacement: successor && parseRoomId(successor.room_id),
  };
};

type Plan = {
  readonly body: CreateRoom;
  /** Set when the sender had to be an admin for the time of the making. */
  readonly finalLevels: JsonObject | undefined;
};

const planReplacement = (engine: Engine, input: UpgradeRoom, old: OldRoom): Plan => {
  const version = input.version ?? engine.newRooms().version;
  const rules = knownVersion(engine, version);
  if (rules === undefined) {
    throw refusal('M_UNSUPPORTED_ROOM_VERSION', faultOf('version-unknown', { version }));
  }
  const additional = rules.privilegedCreators ? input.additionalCreators.map(readCreator) : [];
  const levels = carriedLevels({
    content: old.levels?.pdu.content ?? {},
    rules,
    oldCreators: creatorsToList(old),
    newCreators: [input.userId, ...additional],
  });
  return {
    body: {
      room_version: rules.id,
      creation_content: creationContent(input, old, rules, additional),
      initial_state: carriedState(old.state, rules),
      power_level_content_override: rules.privilegedCreators ? levels : withAdmin(levels, input.userId),
    },
    finalLevels: rules.privilegedCreators ? undefined : levels,
  };
};

const readCreator = (text: string): UserId => {
  const userId = parseUserId(text);
  if (userId === undefined) throw invalidParam(faultOf('user-id', { person: text.slice(0, 255) }));
  return userId;
};

/** Creators who stood above all levels would have none in the new room. */
const creatorsToList = ({ room, create }: OldRoom): readonly UserId[] =>
  rulesOf(room).privilegedCreators ? roomCreators(rulesOf(room), create.pdu) : [];

const creationContent = (
  input: UpgradeRoom,
  old: OldRoom,
  rules: RoomVersionRules,
  additional: readonly UserId[],
): JsonObject => {
  const { type } = old.create.pdu.content;
  return {
    predecessor: {
      room_id: old.room.room_id,
      ...optional('event_id', rules.privilegedCreators ? undefined : old.lastEventId),
    },
    ...optional('type', typeof type === 'string' ? type : undefined),
    ...optional('additional_creators', additional.length === 0 ? undefined : additional),
    // Named in either case: the policy is asked for a room that others can join.
    'm.federate': input.federate ?? old.room.federate === 1,
  };
};

const setState = (engine: Engine, sender: UserId, roomId: RoomId, type: string, content: JsonObject) =>
  sendEvent(engine, { roomId, sender, type, stateKey: '', content });

/** What the old room may refuse without harm: the new one is there, and the old one says so. */
const attempt = async (engine: Engine, what: string, work: () => Promise<unknown>): Promise<void> => {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof MatrixError)) throw error;
    engine.log.info('upgrade left something undone', { what, errcode: error.errcode });
  }
};

/** Local aliases and the entry in the directory lead to the new room. */
const moveAliases = async (
  engine: Engine,
  { userId, roomId }: UpgradeRoom,
  old: OldRoom,
  replacement: RoomId,
): Promise<void> => {
  await engine.store.transact(async (tx) => {
    const successor = await roomById(tx, replacement);
    if (successor === undefined) throw new Error(`no room ${replacement}`);
    const rows = await tx.scan(aliases, { index: 'by_room', where: { room_id: roomId } });
    for (const { alias } of rows) await tx.update(aliases, { alias }, { room_id: replacement });
    const { room_nid } = old.room;
    if ((await tx.get(publishedRooms, { room_nid })) === undefined) return;
    await tx.delete(publishedRooms, { room_nid });
    await tx.put(publishedRooms, { room_nid: successor.room_nid });
  });
  const main = old.state.find(({ pdu }) => pdu.type === 'm.room.canonical_alias' && pdu.state_key === '');
  if (main === undefined || Object.keys(main.pdu.content).length === 0) return;
  const { alias, alt_aliases: others } = main.pdu.content;
  const content = {
    ...optional('alias', typeof alias === 'string' ? alias : undefined),
    ...optional('alt_aliases', isJsonArray(others) ? others : undefined),
  };
  await attempt(engine, 'aliases', () => setState(engine, userId, roomId, 'm.room.canonical_alias', {}));
  await setState(engine, userId, replacement, 'm.room.canonical_alias', content);
};

/** Nobody but moderators writes in the old room, or invites into it, any more. */
const closeOldRoom = (engine: Engine, { userId, roomId }: UpgradeRoom, { levels }: OldRoom): Promise<void> =>
  attempt(engine, 'power levels', async () => {
    const content = levels?.pdu.content ?? {};
    const usersDefault = typeof content.users_default === 'number' ? content.users_default : 0;
    const closed = Math.max(50, usersDefault + 1);
    const level = (name: string) => Math.max(closed, typeof content[name] === 'number' ? content[name] : 0);
    await setState(engine, userId, roomId, 'm.room.power_levels', {
      ...content,
      events_default: level('events_default'),
      invite: level('invite'),
    });
  });

/** Who could not come in by themselves is invited: people of this server first, which takes no time. */
const inviteMembers = async (engine: Engine, input: UpgradeRoom, replacement: RoomId): Promise<void> => {
  const members = await engine.store.read(async (reader) => {
    const successor = await roomById(reader, replacement);
    const rules = successor && (await stateEvent(engine, reader, successor, 'm.room.join_rules', ''));
    const old = await roomById(reader, input.roomId);
    if (old === undefined || rules?.pdu.content.join_rule === 'public') return [];
    const rows = await reader.scan(memberships, {
      index: 'by_membership',
      where: { room_nid: old.room_nid, membership: 'join' },
      limit: MAX_INVITED,
    });
    const users: UserId[] = [];
    for (const row of rows) users.push(await engine.names.userId(reader, row.user_nid));
    return users.filter(
      (userId) => userId !== input.userId && (successor?.federate === 1 || isLocal(engine, userId)),
    );
  });
  const sorted = members.toSorted((a, b) => Number(isLocal(engine, b)) - Number(isLocal(engine, a)));
  for (const target of sorted) {
    if (engine.signal.aborted) return;
    await attempt(engine, `invitation of ${target}`, () =>
      inviteUser(engine, { roomId: replacement, sender: input.userId, target }),
    );
  }
};
