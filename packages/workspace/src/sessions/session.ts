import { forbidden, invalidParam, isDeviceIdFree, noteDeviceChanged, refusal } from '@causeway/homeserver';
import type { UserId } from '@causeway/protocol';
import { activeAccount, ownLocalpart, userIdOf } from '../accounts/account.ts';
import { appendAudit } from '../audit/append-audit.ts';
import type { WorkspaceContext } from '../context.ts';
import { sessions } from '../tables.ts';
import { hashAccessToken, newAccessToken, newDeviceId } from './access-token.ts';
import { faultOf } from '../faults.ts';

export type Session = {
  readonly userId: UserId;
  readonly deviceId: string;
  /** Where the request came from, for the audit log. */
  readonly remoteAddress?: string;
};

export type StartedSession = Session & { readonly accessToken: string };

/** Writing "last seen" more often than this would make every request a durable write. */
const LAST_SEEN_STEP_MS = 5 * 60_000;

const MAX_DEVICE_ID_BYTES = 255;

/** Signs a device in. A device that was signed in gets a new token; its old one ends. */
export const startSession = async (
  context: WorkspaceContext,
  device: {
    readonly userId: UserId;
    readonly deviceId?: string;
    readonly displayName?: string;
    readonly remoteAddress: string;
  },
): Promise<StartedSession> => {
  const { userId, deviceId = newDeviceId() } = device;
  const localpart = ownLocalpart(userId, context.serverName);
  if (localpart === undefined) throw forbidden(faultOf('user-foreign'));
  if (deviceId === '' || Buffer.byteLength(deviceId) > MAX_DEVICE_ID_BYTES) {
    throw invalidParam(faultOf('device-id', { most: MAX_DEVICE_ID_BYTES }));
  }
  const accessToken = newAccessToken();
  const now = context.clock.now();
  await context.store.transact(async (tx) => {
    if ((await activeAccount(tx, localpart)) === undefined) {
      throw refusal('M_USER_DEACTIVATED', faultOf('account-gone'));
    }
    if (!(await isDeviceIdFree(tx, { userId, deviceId }))) {
      throw forbidden(faultOf('device-name-taken'));
    }
    const known = await tx.get(sessions, { localpart, device_id: deviceId });
    await tx.put(sessions, {
      localpart,
      device_id: deviceId,
      token_hash: hashAccessToken(accessToken),
      display_name: known?.display_name ?? device.displayName ?? null,
      created_ts: known?.created_ts ?? now,
      last_seen_ts: now,
      last_seen_ip: device.remoteAddress,
    });
    if (known === undefined) await noteDeviceChanged(tx, userId, deviceId);
    const by = { name: userId, address: device.remoteAddress };
    await appendAudit(tx, { ts: now, action: 'sign-in.session', by, target: deviceId });
  });
  context.sessionCache.forgetAll();
  context.changes.tell({ kind: 'device' });
  return { userId, deviceId, accessToken };
};

/** Whose token this is; undefined when nobody's, or not any more. */
export const findSession = async (
  context: WorkspaceContext,
  accessToken: string,
): Promise<Session | undefined> => {
  const tokenHash = hashAccessToken(accessToken);
  const cached = context.sessionCache.get(tokenHash);
  if (cached !== undefined && context.clock.now() - cached.lastSeenTs < LAST_SEEN_STEP_MS) return cached;
  return context.sessionCache.fill(tokenHash, () => loadSession(context, tokenHash));
};

const loadSession = async (context: WorkspaceContext, tokenHash: Uint8Array) => {
  const range = { index: 'by_token', where: { token_hash: tokenHash } } as const;
  const row = await context.store.read((reader) => reader.first(sessions, range));
  if (row === undefined) return undefined;
  const key = { localpart: row.localpart, device_id: row.device_id };
  const now = context.clock.now();
  const stale = now - row.last_seen_ts >= LAST_SEEN_STEP_MS;
  if (stale) await context.store.transact((tx) => tx.update(sessions, key, { last_seen_ts: now }));
  return {
    userId: userIdOf(row.localpart, context.serverName),
    deviceId: row.device_id,
    lastSeenTs: stale ? now : row.last_seen_ts,
  };
};
