/** @see https://spec.matrix.org/v1.19/client-server-api/#events-on-change-of-profile-information */
import type { JsonValue, UserId } from '@causeway/protocol';
import { parseRoomId } from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import { MatrixError } from '../matrix-error.ts';
import { roomByNid, stateEvent } from '../rooms/current-state.ts';
import { sendEvent } from '../rooms/send-event.ts';
import { memberships } from '../store/schema.ts';

/** Called by the host after a local user's profile changed: tells all rooms the user is joined to. */
export const profileChanged = async (engine: Engine, userId: UserId): Promise<void> => {
  const profile = (await engine.directory.profile(userId)) ?? {};
  for (const { roomId, content } of await outdated(engine, userId, profile)) {
    const id = parseRoomId(roomId);
    if (id === undefined) continue;
    try {
      await sendEvent(engine, {
        roomId: id,
        sender: userId,
        type: 'm.room.member',
        stateKey: userId,
        content,
      });
    } catch (error) {
      // A room that refuses one's new name, for example after a ban that crossed it, does not stop the others.
      if (!(error instanceof MatrixError)) throw error;
      engine.log.info('profile.refused-by-room', { room: roomId, user: userId, errcode: error.errcode });
    }
  }
};

type MemberContent = { readonly [key: string]: JsonValue };

const outdated = (
  engine: Engine,
  userId: UserId,
  profile: { readonly [field: string]: JsonValue },
): Promise<readonly { readonly roomId: string; readonly content: MemberContent }[]> =>
  engine.store.read(async (reader) => {
    const userNid = await engine.names.userNid(reader, userId);
    if (userNid === undefined) return [];
    const rows = await reader.scan(memberships, { index: 'by_user', where: { user_nid: userNid } });
    const found: { roomId: string; content: MemberContent }[] = [];
    for (const row of rows) {
      if (row.membership !== 'join') continue;
      const room = await roomByNid(reader, row.room_nid);
      const member = room && (await stateEvent(engine, reader, room, 'm.room.member', userId));
      if (room === undefined || member === undefined) continue;
      const { displayname, avatar_url } = profile;
      const before = member.pdu.content;
      if (before.displayname === displayname && before.avatar_url === avatar_url) continue;
      const {
        displayname: _name,
        avatar_url: _avatar,
        join_authorised_via_users_server: _via,
        ...kept
      } = before;
      found.push({
        roomId: room.room_id,
        content: {
          ...kept,
          ...(typeof displayname === 'string' ? { displayname } : {}),
          ...(typeof avatar_url === 'string' ? { avatar_url } : {}),
        },
      });
    }
    return found;
  });
