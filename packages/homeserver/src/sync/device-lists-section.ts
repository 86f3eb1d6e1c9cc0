/**
 * Whose devices a client is to look at again, and whose it need not follow any more. Keys are exchanged in encrypted
 * rooms, so who shares one decides.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#e2e-extensions-to-sync
 */
import { parseUserId, serverNameOf, type UserId } from '@causeway/protocol';
import { isLocal } from '../engine.ts';
import { heardUntil, hearingOfServer } from '../reading/hearing.ts';
import { stateKnownAt } from '../reading/state-known-at.ts';
import { roomByNid, stateEvent } from '../rooms/current-state.ts';
import { otherServers } from '../rooms/servers-in-room.ts';
import type { StateRoot } from '../rooms/state-map.ts';
import { deviceListChanges, signatureChanges } from '../store/schema.ts';
import type { MembershipRow, RoomRow } from '../store/schema.ts';
import { beganToHear, mayHaveBegunToHear, mayHaveCeasedToHear, type SyncScope } from './sync-scope.ts';
import { userRooms } from './user-rooms.ts';
import {
  FEW,
  membersOfRooms,
  type RoomsOfViewer,
  sharesEncryptedRoom,
  sharesRoom,
  worthOneByOne,
} from './who-shares.ts';

/** What changed since a client's token. */
export type DeviceLists = { readonly changed: readonly UserId[]; readonly left: readonly UserId[] };

/** What of a sync's scope this depends on. */
export type ListScope = Pick<SyncScope, 'engine' | 'reader' | 'viewer' | 'since' | 'startsAnew' | 'now'>;

/** Undefined when there is nothing to say, as in an initial sync. */
export const deviceListsSection = async (scope: ListScope): Promise<DeviceLists | undefined> => {
  if (scope.since === undefined && !scope.startsAnew) return undefined;
  const rooms = await userRooms(scope.engine, scope.reader, scope.viewer.userNid, scope.now.stream);
  const pass: Pass = { ...scope, rooms, encrypted: new Map(), changed: new Set(), leaving: new Set() };
  await addThoseWhoChanged(pass);
  for (const row of rooms.values()) if (mayHaveOthersIn(scope, row)) await addFromRoom(pass, row);
  const left = await thoseWhoLeft(pass);
  const now = new Set([...pass.changed].filter((nid) => !left.has(nid)));
  const lists = {
    changed: await whose(scope, now, ['yes']),
    // Whom they hear of no longer they knew at their token.
    left: await whose(scope, left, ['yes', 'no longer']),
  };
  return lists.changed.length + lists.left.length === 0 ? undefined : lists;
};

type Pass = ListScope &
  RoomsOfViewer & {
    readonly changed: Set<number>;
    /** Who is in an encrypted room no more that they shared. */
    readonly leaving: Set<number>;
  };

const addThoseWhoChanged = async (pass: Pass): Promise<void> => {
  const { engine, reader, viewer, since } = pass;
  const { activity } = engine;
  if (since === undefined) return;
  if (since.stream >= activity.startedAt && activity.deviceListsChangedAt() <= since.stream) return;
  const range = { index: 'by_stream', gt: since.stream } as const;
  let most = FEW;
  let rows = await reader.scan(deviceListChanges, { ...range, limit: most + 1 });
  if (rows.length > most) {
    most = await worthOneByOne(pass);
    rows = await reader.scan(deviceListChanges, { ...range, limit: most + 1 });
  }
  if (rows.length > most) await addMembersWhoChanged(pass, since.stream);
  else {
    for (const { user_nid } of rows) {
      if (user_nid === viewer.userNid || (await sharesRoom(pass, user_nid))) pass.changed.add(user_nid);
    }
  }
  const own = { ...range, where: { signer_nid: viewer.userNid } };
  for (const { user_nid } of await reader.scan(signatureChanges, own)) pass.changed.add(user_nid);
};

const addMembersWhoChanged = async (pass: Pass, since: number): Promise<void> => {
  for (const user_nid of new Set([pass.viewer.userNid, ...(await membersOfRooms(pass, 'all'))])) {
    const change = await pass.reader.get(deviceListChanges, { user_nid });
    if (change !== undefined && change.stream > since) pass.changed.add(user_nid);
  }
};

const thoseWhoLeft = async (pass: Pass): Promise<ReadonlySet<number>> => {
  const isMany = pass.leaving.size > FEW && pass.leaving.size > (await worthOneByOne(pass));
  const members = isMany ? await membersOfRooms(pass, 'encrypted') : undefined;
  const left = new Set<number>();
  for (const nid of pass.leaving) {
    const isUnheard = (await hearingOfUser(pass, nid)) === 'no longer';
    if (isUnheard || !(members?.has(nid) ?? (await sharesEncryptedRoom(pass, nid)))) left.add(nid);
  }
  return left;
};

/** Asks memory only: this runs for every room of the user. */
const mayHaveOthersIn = ({ engine, since, viewer }: ListScope, row: MembershipRow): boolean =>
  since === undefined ||
  row.stream > since.stream ||
  engine.activity.roomChangedAt(row.room_nid) > since.stream ||
  since.stream < engine.activity.startedAt ||
  mayHaveBegunToHear({ since, viewer }) ||
  mayHaveCeasedToHear({ since, viewer });

/** The states of a room that its viewer was, or is, in; undefined: they were not in it. */
type Seen = { readonly before: StateRoot | undefined; readonly after: StateRoot | undefined };

const addFromRoom = async (pass: Pass, row: MembershipRow): Promise<void> => {
  const { engine, reader, viewer } = pass;
  const room = await roomByNid(reader, row.room_nid);
  if (room === undefined) return;
  const { before, after } = await seenOf(pass, room, row);
  if (before === undefined && after === undefined) return;
  const isSame = before !== undefined && after !== undefined && Buffer.compare(before, after) === 0;
  if (isSame && !mayHaveCeasedToHear(pass)) return;
  const was = before !== undefined && (await isEncrypted(pass, room, before));
  const is = after !== undefined && (await isEncrypted(pass, room, after));
  if (!was && !is) return;
  const until = await heardUntil(engine, reader, viewer.hearing, room);
  if (until.everybody <= pass.now.stream) {
    // Until there they heard of the room, and of those in it.
    const ceased = was && pass.since !== undefined && until.everybody > pass.since.stream;
    if (ceased) for (const nid of await membersIn(pass, room, before)) pass.leaving.add(nid);
  } else if (!was) {
    for (const nid of await membersIn(pass, room, after)) pass.changed.add(nid);
  } else if (!is) {
    for (const nid of await membersIn(pass, room, before)) pass.leaving.add(nid);
  } else if (before !== undefined && after !== undefined) {
    await addDifference(pass, room, before, after);
  }
  pass.changed.delete(viewer.userNid);
  pass.leaving.delete(viewer.userNid);
};

const seenOf = async (pass: Pass, room: RoomRow, row: MembershipRow): Promise<Seen> => {
  const { engine, reader, viewer, since, now } = pass;
  const at = (stream: number) => stateKnownAt(reader, room.room_nid, stream);
  const after = row.membership === 'join' ? await at(now.stream) : undefined;
  const known = since && (await at(since.stream));
  if (known === undefined) return { before: undefined, after };
  const others = mayHaveBegunToHear(pass) ? await otherServers(engine, reader, room.room_nid) : [];
  if (others.length > 0 && beganToHear(pass, others)) return { before: undefined, after };
  if (after !== undefined && Buffer.compare(known, after) === 0) return { before: known, after };
  const own = await stateEvent(engine, reader, room, 'm.room.member', viewer.userId, known);
  return { before: own?.pdu.content['membership'] === 'join' ? known : undefined, after };
};

const isEncrypted = async ({ engine, reader }: Pass, room: RoomRow, root: StateRoot): Promise<boolean> =>
  (await stateEvent(engine, reader, room, 'm.room.encryption', '', root)) !== undefined;

/** Joined members of a state. */
const membersIn = async (
  { engine, reader }: Pass,
  room: RoomRow,
  root: StateRoot | undefined,
): Promise<readonly number[]> => {
  if (root === undefined) return [];
  const found: number[] = [];
  for (const [key, eventNid] of await engine.states.entries(reader, room.room_nid, root)) {
    const { type, stateKey } = await engine.names.stateKey(reader, key);
    if (type !== 'm.room.member' || !(await isJoin({ engine, reader }, eventNid))) continue;
    const nid = await engine.names.userNid(reader, stateKey);
    if (nid !== undefined) found.push(nid);
  }
  return found;
};

const isJoin = async (
  { engine, reader }: Pick<Pass, 'engine' | 'reader'>,
  eventNid: number | undefined,
): Promise<boolean> =>
  eventNid !== undefined &&
  (await engine.events.byNid(reader, eventNid)).pdu.content['membership'] === 'join';

const addDifference = async (
  pass: Pass,
  room: RoomRow,
  before: StateRoot,
  after: StateRoot,
): Promise<void> => {
  const { engine, reader } = pass;
  for (const { stateKeyNid, a, b } of await engine.states.difference(reader, room.room_nid, before, after)) {
    const { type, stateKey } = await engine.names.stateKey(reader, stateKeyNid);
    const userId = type === 'm.room.member' ? parseUserId(stateKey) : undefined;
    const nid = userId && (await engine.names.userNid(reader, userId));
    if (nid === undefined) continue;
    const was = await isJoin(pass, a);
    const is = await isJoin(pass, b);
    if (!was && is) pass.changed.add(nid);
    if (was && !is) pass.leaving.add(nid);
  }
};

type Heard = 'yes' | 'no' | 'no longer';

/** Whether the viewer may have to do with somebody's server; `no longer`: they might at their token. */
const hearingOfUser = async (
  { engine, reader, viewer, since }: ListScope,
  userNid: number,
): Promise<Heard> => {
  const userId = await engine.names.userId(reader, userNid);
  if (isLocal(engine, userId)) return 'yes';
  const heard = hearingOfServer(viewer.hearing, serverNameOf(userId));
  if (heard.kind === 'all') return 'yes';
  return since !== undefined && heard.stream > since.stream ? 'no longer' : 'no';
};

/** Nobody is told of servers that they may have nothing to do with. */
const whose = async (
  scope: ListScope,
  nids: ReadonlySet<number>,
  wanted: readonly Heard[],
): Promise<readonly UserId[]> => {
  const found: UserId[] = [];
  for (const nid of nids) {
    if (!wanted.includes(await hearingOfUser(scope, nid))) continue;
    found.push(await scope.engine.names.userId(scope.reader, nid));
  }
  return found;
};
