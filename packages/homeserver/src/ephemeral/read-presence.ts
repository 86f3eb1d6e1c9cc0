/** Presence as local users may see it: of themselves, and of those with whom they share a room. */
import { type JsonObject, serverNameOf, type UserId } from '@causeway/protocol';
import { type Engine, isLocal } from '../engine.ts';
import { forbidden } from '../matrix-error.ts';
import { hearingOf, hearingOfServer } from '../reading/hearing.ts';
import { memberships } from '../store/schema.ts';
import type { StoreReader } from '../store/store.ts';
import { userRooms } from '../sync/user-rooms.ts';
import { ignoredUsers } from '../users/ignored-users.ts';
import { faultOf } from '../refusals.ts';

/** Rooms of the other one that are looked at. */
const MAX_ROOMS = 2_000;

/** @see https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3presenceuseridstatus @throws M_FORBIDDEN */
export const getPresence = (
  engine: Engine,
  { userId, of }: { readonly userId: UserId; readonly of: UserId },
): Promise<JsonObject> =>
  engine.store.read(async (reader) => {
    const userNid = await engine.names.userNid(reader, userId);
    if (userId !== of && (userNid === undefined || !(await sharesRoom(engine, reader, userNid, of)))) {
      throw forbidden(faultOf('no-shared-room', { person: of }));
    }
    const hearing = await hearingOf(engine, reader, userId);
    if (!isLocal(engine, of) && hearingOfServer(hearing, serverNameOf(of)).kind === 'until') {
      throw forbidden(faultOf('rooms-outside'));
    }
    return presenceContent(engine, of);
  });

/** The content of an `m.presence` event. */
export const presenceContent = (engine: Engine, userId: UserId): JsonObject => {
  const { state, lastActiveTs, statusMsg } = engine.presence.get(userId);
  return {
    presence: state,
    ...(lastActiveTs === undefined
      ? {}
      : { last_active_ago: Math.max(0, engine.clock.now() - lastActiveTs) }),
    ...(state === 'online' ? { currently_active: true } : {}),
    ...(statusMsg === undefined ? {} : { status_msg: statusMsg }),
  };
};

/** Who looks at the presence of others: a local user, by both identifiers. */
export type PresenceViewer = { readonly userId: UserId; readonly userNid: number };

/** Those of the people whom the viewer may and wants to see. */
export const visiblePeople = async (
  engine: Engine,
  reader: StoreReader,
  viewer: PresenceViewer,
  people: readonly UserId[],
): Promise<readonly UserId[]> => {
  if (people.length === 0) return [];
  const ignored = await ignoredUsers(engine, reader, viewer.userId, viewer.userNid);
  const hearing = await hearingOf(engine, reader, viewer.userId);
  const isHeard = (of: UserId) =>
    isLocal(engine, of) || hearingOfServer(hearing, serverNameOf(of)).kind === 'all';
  const seen: UserId[] = [];
  for (const userId of people) {
    if (ignored.has(userId) || !isHeard(userId)) continue;
    if (userId === viewer.userId || (await sharesRoom(engine, reader, viewer.userNid, userId))) {
      seen.push(userId);
    }
  }
  return seen;
};

const sharesRoom = async (
  engine: Engine,
  reader: StoreReader,
  viewerNid: number,
  userId: UserId,
): Promise<boolean> => {
  const user_nid = await engine.names.userNid(reader, userId);
  if (user_nid === undefined) return false;
  const own = await userRooms(engine, reader, viewerNid, engine.notifier.stream);
  const rows = await reader.scan(memberships, { index: 'by_user', where: { user_nid }, limit: MAX_ROOMS });
  return rows.some((row) => row.membership === 'join' && own.get(row.room_nid)?.membership === 'join');
};
