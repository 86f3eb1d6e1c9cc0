/**
 * Whose invitations a user does not want: nobody's, or those of some organisations. (Those of ignored people
 * are taken, and not shown.)
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#invite-permission
 */
import { isJsonArray, serverNameOf, type UserId } from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import { refusal } from '../matrix-error.ts';
import type { StoreReader } from '../store/store.ts';
import { readAccountData } from './account-data.ts';
import { faultOf } from '../refusals.ts';

const PERMISSION_TYPE = 'm.invite_permission_config';
/** `{ "servers": ["example.org"] }`: account data of ours. */
const BLOCKED_SERVERS_TYPE = 'org.causeway.blocked_servers';

export type InviteBlocks = { readonly everybody: boolean; readonly servers: ReadonlySet<string> };

/** From memory. */
export const inviteBlocks = async (
  engine: Engine,
  reader: StoreReader,
  userId: UserId,
  userNid: number,
): Promise<InviteBlocks> => {
  const known = engine.ownSettings.inviteBlocks.get(reader, userNid);
  if (known !== undefined) return known;
  const read = (type: string) => readAccountData(engine, reader, { userId, roomId: '', type });
  const listed = (await read(BLOCKED_SERVERS_TYPE))?.servers;
  const names = isJsonArray(listed) ? listed.filter((name) => typeof name === 'string') : [];
  const blocks = {
    everybody: (await read(PERMISSION_TYPE))?.default_action === 'block',
    servers: new Set(names.map((name) => name.toLowerCase())),
  };
  engine.ownSettings.inviteBlocks.set(reader, userNid, blocks);
  return blocks;
};

export const isBlocked = ({ everybody, servers }: InviteBlocks, inviter: UserId): boolean =>
  everybody || servers.has(serverNameOf(inviter).toLowerCase());

/** @throws M_INVITE_BLOCKED when the invited local user does not want this */
export const refuseBlockedInvite = async (engine: Engine, target: UserId, inviter: UserId): Promise<void> => {
  const blocks = await engine.store.read(async (reader) => {
    const userNid = await engine.names.userNid(reader, target);
    return userNid === undefined ? undefined : inviteBlocks(engine, reader, target, userNid);
  });
  if (blocks === undefined || !isBlocked(blocks, inviter)) return;
  throw refusal('M_INVITE_BLOCKED', faultOf('invitee-blocks', { person: target }));
};
