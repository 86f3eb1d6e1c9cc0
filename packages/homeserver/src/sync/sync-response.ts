/** One pass over the store: everything that a client does not know yet. */

import { type JsonObject, parseServerName, parseUserId } from '@causeway/protocol';
import { heardUntil, hearingOfServer } from '../reading/hearing.ts';
import { isForgotten } from '../reading/is-forgotten.ts';
import { roomByNid } from '../rooms/current-state.ts';
import {
  type MembershipRow,
  memberships,
  type RoomRow,
  receipts,
  remoteMemberships,
  TIMELINE_STRIDE,
  timeline,
} from '../store/schema.ts';
import { isBlocked } from '../users/invite-blocks.ts';
import { type AccountDataEvent, changedAccountData } from './account-data-section.ts';
import { type DeviceLists, deviceListsSection } from './device-lists-section.ts';
import { deviceKeysSection } from './device-keys-section.ts';
import { passesEventFilter, passesRoom } from './filter.ts';
import { strippedStateOf, strippedStateOfRemote } from './invited-room.ts';
import { type JoinedRoom, joinedRoom } from './joined-room.ts';
import { type LeftRoom, leftRemoteRoom, leftRoom } from './left-room.ts';
import { presenceSection } from './presence-section.ts';
import { mayHaveBegunToHear, SnapshotAheadError, type SyncScope } from './sync-scope.ts';
import { formatSyncToken } from './sync-token.ts';
import { toDeviceSection } from './to-device-section.ts';
import { userRooms } from './user-rooms.ts';

type Stripped = { readonly events: readonly JsonObject[] };

type RoomSections = {
  readonly join: { [roomId: string]: JoinedRoom };
  readonly invite: { [roomId: string]: { readonly invite_state: Stripped } };
  readonly knock: { [roomId: string]: { readonly knock_state: Stripped } };
  readonly leave: { [roomId: string]: LeftRoom };
};

/** @see https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3sync */
export type SyncResponse = {
  readonly next_batch: string;
  readonly rooms?: Partial<RoomSections>;
  readonly account_data?: { readonly events: readonly AccountDataEvent[] };
  readonly presence?: { readonly events: readonly JsonObject[] };
  readonly to_device?: { readonly events: readonly JsonObject[] };
  readonly device_lists?: DeviceLists;
  readonly device_one_time_keys_count: { readonly [algorithm: string]: number };
  readonly device_unused_fallback_key_types: readonly string[];
};

/** One look at what is new. */
export type SyncPass = { readonly response: SyncResponse; readonly isEmpty: boolean };

/** Looks once, in one snapshot of the store, without waiting. */
export const syncPass = async (scope: SyncScope): Promise<SyncPass> => {
  const data = await changedAccountData(scope);
  const rooms = await roomSections(scope, data);
  const globalData = (data.get('') ?? []).filter((event) =>
    passesEventFilter(scope.filter.accountData, event),
  );
  const presence = await presenceSection(scope);
  const lists = await deviceListsSection(scope);
  const keys = await deviceKeysSection(scope);
  const toDevice = await toDeviceSection(scope);
  const hasMessages = toDevice.events.length > 0 || toDevice.upTo < scope.now.stream;
  const filled = Object.entries(rooms).filter(([, section]) => Object.keys(section).length > 0);
  const isEmpty = filled.length + globalData.length + presence.length === 0;
  return {
    isEmpty: isEmpty && lists === undefined && !keys.isNews && !hasMessages,
    response: {
      next_batch: formatSyncToken({ ...scope.now, toDevice: toDevice.upTo }),
      ...(filled.length === 0 ? {} : { rooms: Object.fromEntries(filled) }),
      ...(globalData.length === 0 ? {} : { account_data: { events: globalData } }),
      ...(presence.length === 0 ? {} : { presence: { events: presence } }),
      ...(toDevice.events.length === 0 ? {} : { to_device: { events: toDevice.events } }),
      ...(lists === undefined ? {} : { device_lists: lists }),
      device_one_time_keys_count: keys.counts,
      device_unused_fallback_key_types: keys.unusedFallbacks,
    },
  };
};

const roomSections = async (
  scope: SyncScope,
  data: ReadonlyMap<string, readonly AccountDataEvent[]>,
): Promise<RoomSections> => {
  const { engine, reader, viewer, filter, now } = scope;
  const sections: RoomSections = { join: {}, invite: {}, knock: {}, leave: {} };
  const rooms = await userRooms(engine, reader, viewer.userNid, now.stream);
  for (const known of rooms.values()) {
    const news = mayHaveNews(scope, known) || (await mayHaveOldNews(scope, known));
    const withData = data.size > (data.has('') ? 1 : 0);
    if (!news && !withData) continue;
    const room = await roomByNid(reader, known.room_nid);
    if (room === undefined || !passesRoom(filter.room, room.room_id)) continue;
    const roomData = data.get(room.room_id) ?? [];
    if (!news && roomData.length === 0) continue;
    const row = await currentMembership(scope, known);
    if (row !== undefined) await addRoom(scope, sections, { room, row, roomData });
  }
  await addRemoteRooms(scope, sections);
  return sections;
};

/** Asks memory only: this runs for every room of the user. */
const mayHaveNews = ({ engine, since, fullState, viewer }: SyncScope, row: MembershipRow): boolean => {
  if (since === undefined || fullState || mayHaveBegunToHear({ since, viewer })) return true;
  const { activity, typing } = engine;
  return (
    row.stream > since.stream ||
    activity.roomChangedAt(row.room_nid) > since.stream ||
    (row.membership === 'join' && typing.changedAt(row.room_nid) > since.typing)
  );
};

/** For a token from before this process started, which memory does not reach: asks the store, room by room. */
const mayHaveOldNews = async (
  { engine, reader, since }: SyncScope,
  { room_nid }: MembershipRow,
): Promise<boolean> => {
  if (since === undefined || since.stream >= engine.activity.startedAt) return false;
  const newest = { where: { room_nid }, reverse: true } as const;
  const event = await reader.first(timeline, newest);
  if (event !== undefined && event.position > since.stream * TIMELINE_STRIDE) return true;
  const receipt = await reader.first(receipts, { ...newest, index: 'by_stream' });
  return receipt !== undefined && receipt.stream > since.stream;
};

const currentMembership = async (
  { reader, now, acceptsAhead }: SyncScope,
  known: MembershipRow,
): Promise<MembershipRow | undefined> => {
  const { room_nid, user_nid } = known;
  const row = await reader.get(memberships, { room_nid, user_nid });
  if (row !== undefined && row.stream > now.stream && !acceptsAhead) throw new SnapshotAheadError();
  return row;
};

type RoomInput = {
  readonly room: RoomRow;
  readonly row: MembershipRow;
  readonly roomData: readonly AccountDataEvent[];
};

const addRoom = async (scope: SyncScope, sections: RoomSections, input: RoomInput): Promise<void> => {
  const { room, row, roomData } = input;
  const { since, filter, fullState } = scope;
  const isNews = since === undefined || fullState || row.stream > since.stream;
  switch (row.membership) {
    case 'join': {
      const joined = await joinedRoom(scope, room, row, roomData);
      if (joined !== undefined) sections.join[room.room_id] = joined;
      return;
    }
    case 'invite':
      if (await isUnwanted(scope, row)) return;
      if (await isUnheard(scope, room, row.stream)) return;
      if (isNews) sections.invite[room.room_id] = { invite_state: await strippedStateOf(scope, room, row) };
      return;
    case 'knock':
      if (isNews) sections.knock[room.room_id] = { knock_state: await strippedStateOf(scope, room, row) };
      return;
    default: {
      const isRecent = since !== undefined && row.stream > since.stream;
      if (await isForgotten(scope.reader, row)) return;
      if (isRecent || ((since === undefined || fullState) && filter.room.includeLeave)) {
        sections.leave[room.room_id] = await leftRoom(scope, room, row);
      }
    }
  }
};

const isUnheard = async ({ engine, reader, viewer }: SyncScope, room: RoomRow, stream: number) =>
  stream > (await heardUntil(engine, reader, viewer.hearing, room)).everybody;

const isUnwanted = async (scope: SyncScope, row: MembershipRow): Promise<boolean> => {
  const { pdu } = await scope.engine.events.byNid(scope.reader, row.event_nid);
  return scope.ignored.has(pdu.sender) || isBlocked(scope.blocks, pdu.sender);
};

const isUnwantedRemote = ({ ignored, blocks }: SyncScope, sender: string): boolean => {
  const inviter = parseUserId(sender);
  return ignored.has(sender) || (inviter !== undefined && isBlocked(blocks, inviter));
};

const isUnheardRemote = (
  { viewer }: SyncScope,
  row: { readonly server: string; readonly stream: number },
) => {
  const server = parseServerName(row.server);
  const heard = server === undefined ? viewer.hearing : hearingOfServer(viewer.hearing, server);
  return heard.kind === 'until' && row.stream > heard.stream;
};

/** Invitations and knocks in rooms that this server is not in. */
const addRemoteRooms = async (scope: SyncScope, sections: RoomSections): Promise<void> => {
  const { reader, viewer, since, now, filter, fullState } = scope;
  const all = since === undefined || fullState;
  const rows = await reader.scan(remoteMemberships, {
    index: 'by_stream',
    where: { user_nid: viewer.userNid },
    gt: all ? -1 : since.stream,
  });
  for (const row of rows) {
    if (row.stream > now.stream || !passesRoom(filter.room, row.room_id)) continue;
    const stripped = () => strippedStateOfRemote(row, viewer.userId);
    if (row.membership === 'invite' && isUnwantedRemote(scope, row.sender)) continue;
    if (row.membership === 'invite' && isUnheardRemote(scope, row)) continue;
    if (row.membership === 'invite') sections.invite[row.room_id] = { invite_state: stripped() };
    else if (row.membership === 'knock') sections.knock[row.room_id] = { knock_state: stripped() };
    else if (!all || filter.room.includeLeave) sections.leave[row.room_id] = leftRemoteRoom(scope, row);
  }
};
