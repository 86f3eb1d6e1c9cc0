/**
 * Whether another server may have a file of this one. The specification leaves it open: whoever knows a
 * file's address gets it. Here a file belongs to the rooms that it was sent to.
 */
import { isServerAllowed, parseUserId, type ServerName, type UserId } from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import { ServerView } from '../federation/serving/server-view.ts';
import { roomByNid, stateEvent } from '../rooms/current-state.ts';
import type { StoredEvent } from '../rooms/event-cache.ts';
import { isServerInRoom } from '../rooms/servers-in-room.ts';
import { mayServerSeeRoom } from '../spaces/may-see-room.ts';
import { fileEvents, media, memberships } from '../store/schema.ts';
import type { StoreReader } from '../store/store.ts';
import { filesNamedIn } from './record-files.ts';

type Asked = { readonly mediaId: string; readonly origin: ServerName };

/**
 * Whether another server gets a file of this one: it belongs to rooms in which that server may see an event that
 * names it, or to the profile of its owner; one that no event names, to encrypted rooms that its owner shares with
 * that server. False also for a file that does not exist.
 */
export const mayServerHave = async (engine: Engine, asked: Asked): Promise<boolean> => {
  const { mediaId } = asked;
  const key = { origin: engine.serverName, media_id: mediaId };
  const file = await engine.store.read((reader) => reader.get(media, key));
  if (file === undefined) return false;
  const uploader = parseUserId(file.uploader ?? '');
  if (uploader !== undefined && (await isFaceOf(engine, uploader, mediaId))) return true;
  return engine.store.read(async (reader) => {
    const links = await reader.scan(fileEvents, { where: { media_id: mediaId } });
    if (links.length === 0) return uploader !== undefined && shareSecrets(engine, reader, uploader, asked);
    for (const { event_nid } of links) {
      if (await mayHaveFrom(engine, reader, await engine.events.byNid(reader, event_nid), asked)) return true;
    }
    return false;
  });
};

/** Profiles are told to every server that asks. */
const isFaceOf = async (engine: Engine, userId: UserId, mediaId: string): Promise<boolean> =>
  (await engine.directory.profile(userId))?.avatar_url === `mxc://${engine.serverName}/${mediaId}`;

const mayHaveFrom = async (
  engine: Engine,
  reader: StoreReader,
  event: StoredEvent,
  { mediaId, origin }: Asked,
): Promise<boolean> => {
  // After a redaction it is not named any more.
  if (!filesNamedIn(engine, event).has(mediaId)) return false;
  const room = await roomByNid(reader, event.roomNid);
  if (room === undefined || room.federate === 0) return false;
  // Shown in invitations and directories, to servers that are not in the room.
  const { type } = event.pdu;
  if (type === 'm.room.avatar' || type === 'm.room.member') {
    return mayServerSeeRoom(engine, reader, room, origin);
  }
  const acl = await stateEvent(engine, reader, room, 'm.room.server_acl', '');
  const view = new ServerView(engine, reader, room, origin);
  return (
    isServerAllowed(acl?.pdu.content, origin) && (await view.maySee(event)) && !(await view.isErased(event))
  );
};

/** Encrypted messages name their files unseen: a file that no event names may be in one of them. */
const shareSecrets = async (
  engine: Engine,
  reader: StoreReader,
  uploader: UserId,
  { origin }: Asked,
): Promise<boolean> => {
  const user_nid = await engine.names.userNid(reader, uploader);
  if (user_nid === undefined) return false;
  const rows = await reader.scan(memberships, { index: 'by_user', where: { user_nid } });
  for (const { room_nid, membership } of rows) {
    if (membership !== 'join' || !(await isServerInRoom(engine, reader, room_nid, origin))) continue;
    const room = await roomByNid(reader, room_nid);
    if (room && (await stateEvent(engine, reader, room, 'm.room.encryption', ''))) return true;
  }
  return false;
};
