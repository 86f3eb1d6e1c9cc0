/** Invitations that end by themselves, and those of a room that are open. */
import { actionPowerLevel, type EventId, powerLevelOf, type RoomId, type UserId } from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import { forbidden } from '../matrix-error.ts';
import { openJoinedRoom } from '../reading/room-access.ts';
import { roomById, roomByNid, rulesOf, stateEvent } from '../rooms/current-state.ts';
import { inviteUser } from '../rooms/invite-user.ts';
import { invitationExpiries, memberships, type RoomRow } from '../store/schema.ts';
import type { StoreReader } from '../store/store.ts';
import { faultOf } from '../refusals.ts';

/** An invitation that ends by itself when it is not taken in time. */
export type InviteUntil = {
  readonly roomId: RoomId;
  readonly sender: UserId;
  readonly target: UserId;
  readonly reason: string | undefined;
  /** Undefined: it stays open. */
  readonly expiresInMs: number | undefined;
  readonly isDirect?: boolean;
};

/**
 * Invites, and withdraws the invitation when its time is over and it is still open. Refuses as `inviteUser`
 * does, and with M_FORBIDDEN when nobody here could withdraw it.
 */
export const inviteUntil = async (engine: Engine, input: InviteUntil): Promise<EventId> => {
  const { roomId, sender, target, expiresInMs } = input;
  const invitation = {
    roomId,
    sender,
    target,
    ...(input.reason === undefined ? {} : { reason: input.reason }),
    ...(input.isDirect === undefined ? {} : { isDirect: input.isDirect }),
  };
  if (expiresInMs === undefined) return inviteUser(engine, invitation);
  const passing = { ...invitation, expiresInMs };
  const key = await engine.store.transact(async (tx) => {
    const room = await roomById(tx, roomId);
    if (room === undefined || (await whoWithdraws(engine, tx, room, sender)) === undefined) {
      throw forbidden(faultOf('invitation-stays'));
    }
    const found = { room_nid: room.room_nid, user_nid: await engine.names.internUser(tx, target) };
    const earlier = await tx.get(invitationExpiries, found);
    // Written first: an invitation that went out is never without its end.
    const expires_ts = engine.clock.now() + expiresInMs;
    await tx.put(invitationExpiries, { ...found, sender, expires_ts });
    return { ...found, earlier };
  });
  try {
    return await inviteUser(engine, passing);
  } catch (error) {
    const { earlier, ...row } = key;
    await engine.store.transact((tx) =>
      earlier === undefined ? tx.delete(invitationExpiries, row) : tx.put(invitationExpiries, earlier),
    );
    throw error;
  } finally {
    engine.expiries.wake();
  }
};

/** The inviter if they may, or else the local member with most power who may. */
export const whoWithdraws = async (
  engine: Engine,
  reader: StoreReader,
  room: RoomRow,
  inviter: UserId,
): Promise<UserId | undefined> => {
  const rules = rulesOf(room);
  const create = await engine.events.byNid(reader, room.create_event_nid);
  const levels = (await stateEvent(engine, reader, room, 'm.room.power_levels', ''))?.pdu;
  const needed = actionPowerLevel(rules, levels, 'kick');
  const levelOf = (userId: UserId) => powerLevelOf(rules, create.pdu, levels, userId);
  const rows = await reader.scan(memberships, {
    index: 'by_membership',
    where: { room_nid: room.room_nid, membership: 'join', local: 1 },
  });
  const members: UserId[] = [];
  for (const row of rows) members.push(await engine.names.userId(reader, row.user_nid));
  const able = members.filter((userId) => levelOf(userId) >= needed);
  if (able.includes(inviter)) return inviter;
  return able.toSorted((a, b) => (levelOf(a) < levelOf(b) ? 1 : levelOf(a) > levelOf(b) ? -1 : 0))[0];
};

/** An invitation that is neither accepted nor declined. Times are milliseconds since the epoch. */
export type OpenInvitation = {
  readonly userId: UserId;
  readonly inviter: UserId;
  readonly sinceTs: number;
  readonly reason?: string;
  readonly expiresTs?: number;
};

/** Most listed. */
const MAX_LISTED = 500;

/** The people who are invited into a room and have not answered. @throws M_FORBIDDEN */
export const openInvitations = (
  engine: Engine,
  input: { readonly userId: UserId; readonly deviceId: string; readonly roomId: string },
): Promise<readonly OpenInvitation[]> =>
  engine.store.read(async (reader) => {
    const { room } = await openJoinedRoom(engine, reader, input, input.roomId);
    const rows = await reader.scan(memberships, {
      index: 'by_membership',
      where: { room_nid: room.room_nid, membership: 'invite' },
      limit: MAX_LISTED,
    });
    const found: OpenInvitation[] = [];
    for (const { room_nid, user_nid, event_nid } of rows) {
      const { pdu } = await engine.events.byNid(reader, event_nid);
      const expiry = await reader.get(invitationExpiries, { room_nid, user_nid });
      const { reason } = pdu.content;
      found.push({
        userId: await engine.names.userId(reader, user_nid),
        inviter: pdu.sender,
        sinceTs: pdu.origin_server_ts,
        ...(typeof reason === 'string' ? { reason } : {}),
        ...(expiry === undefined || expiry.sender !== pdu.sender ? {} : { expiresTs: expiry.expires_ts }),
      });
    }
    return found.toSorted((a, b) => b.sinceTs - a.sinceTs);
  });

/** The room of an expiry, and whether the invitation that it is about is still open. */
export const stillOpen = async (
  engine: Engine,
  reader: StoreReader,
  expiry: { readonly room_nid: number; readonly user_nid: number; readonly sender: string },
): Promise<{ readonly room: RoomRow; readonly target: UserId } | undefined> => {
  const { room_nid, user_nid, sender } = expiry;
  const room = await roomByNid(reader, room_nid);
  const row = await reader.get(memberships, { room_nid, user_nid });
  if (room === undefined || row?.membership !== 'invite') return undefined;
  const event = await engine.events.byNid(reader, row.event_nid);
  if (event.pdu.sender !== sender) return undefined;
  return { room, target: await engine.names.userId(reader, user_nid) };
};
