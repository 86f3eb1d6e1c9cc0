/** Links with which people make an account of their own: made by an admin, for a number of people and a time. */
import { refusal } from '@causeway/homeserver';
import type { UserId } from '@causeway/protocol';
import { userIdOf } from '../accounts/account.ts';
import {
  insertLink,
  type LinkState,
  type MadeLink,
  openLink,
  stateOfLink,
  useLink,
} from '../accounts/account-link.ts';
import { checkNewLocalpart, insertAccount, refuseTakenName } from '../accounts/create-account.ts';
import { refuseWeakPassword } from '../accounts/passwords.ts';
import type { Actor } from '../audit/actor.ts';
import { appendAudit } from '../audit/append-audit.ts';
import type { WorkspaceContext } from '../context.ts';
import { type Fault, faultOf } from '../faults.ts';
import { isRole, unknownRole } from '../permissions/roles.ts';
import { accountLinks } from '../tables.ts';

const MAX_USES = 1_000;
const HOUR_MS = 60 * 60_000;
const MAX_HOURS = 90 * 24;
const LONGEST_NOTE = 200;
const LONGEST_NAME = 200;

export type InvitationLink = {
  readonly linkId: string;
  readonly state: LinkState;
  readonly role: string;
  readonly note?: string;
  readonly uses: number;
  readonly used: number;
  readonly createdTs: number;
  readonly createdBy: string;
  readonly expiresTs: number;
};

/** Refuses with M_INVALID_PARAM. An admin is nobody by a link: whoever finds it would have everything. */
export const createInvitationLink = async (
  context: WorkspaceContext,
  wish: {
    readonly role: string;
    readonly uses: number;
    readonly hours: number;
    readonly note?: string | undefined;
  },
  by: Actor,
): Promise<MadeLink> => {
  const { role, uses, hours } = wish;
  const note = wish.note?.trim() || undefined;
  const fault = faultOfWish({ role, uses, hours, note });
  if (fault !== undefined) throw refusal('M_INVALID_PARAM', fault);
  return context.store.transact(async (tx) => {
    if (!(await isRole(tx, role))) throw unknownRole(role);
    const now = context.clock.now();
    const lifetimeMs = hours * HOUR_MS;
    const link = await insertLink(tx, { kind: 'invitation', role, note, uses, now, lifetimeMs, by });
    // The secret opens the door: it stays out of a log that is exported.
    const after = { role, uses, expires_ts: link.expiresTs, ...(note === undefined ? {} : { note }) };
    await appendAudit(tx, { ts: now, action: 'invitation-link.create', by, target: link.linkId, after });
    return link;
  });
};

const faultOfWish = (wish: {
  readonly role: string;
  readonly uses: number;
  readonly hours: number;
  readonly note: string | undefined;
}): Fault | undefined => {
  const { role, uses, hours, note = '' } = wish;
  if (!(uses >= 1 && uses <= MAX_USES)) return faultOf('link-people', { least: 1, most: MAX_USES });
  if (!(hours >= 1 && hours <= MAX_HOURS)) return faultOf('link-hours', { least: 1, most: MAX_HOURS });
  if (note.length > LONGEST_NOTE) return faultOf('note-long', { most: LONGEST_NOTE });
  return role === 'admin' ? faultOf('link-no-admin') : undefined;
};

/** Newest first. */
export const listInvitationLinks = (context: WorkspaceContext): Promise<readonly InvitationLink[]> =>
  context.store.read(async (reader) => {
    const range = { index: 'by_kind', where: { kind: 'invitation' }, reverse: true } as const;
    const now = context.clock.now();
    return (await reader.scan(accountLinks, range)).map((link) => ({
      linkId: link.link_id,
      state: stateOfLink(link, now),
      role: link.role ?? '',
      ...(link.note === null ? {} : { note: link.note }),
      uses: link.uses_allowed,
      used: link.used,
      createdTs: link.created_ts,
      createdBy: link.created_by,
      expiresTs: link.expires_ts,
    }));
  });

/** Who came by it before stays. @throws M_NOT_FOUND, M_INVALID_PARAM when it has ended already */
export const withdrawInvitationLink = (context: WorkspaceContext, linkId: string, by: Actor): Promise<void> =>
  context.store.transact(async (tx) => {
    const link = await tx.get(accountLinks, { link_id: linkId });
    if (link === undefined || link.kind !== 'invitation') {
      throw refusal('M_NOT_FOUND', faultOf('link-unknown'));
    }
    const ts = context.clock.now();
    if (stateOfLink(link, ts) !== 'open') throw refusal('M_INVALID_PARAM', faultOf('link-ended'));
    await tx.update(accountLinks, { link_id: linkId }, { withdrawn_ts: ts });
    await appendAudit(tx, { ts, action: 'invitation-link.withdraw', by, target: linkId });
  });

/** Until when a link can be used. Refuses as `openLink` does. */
export const readInvitationLink = (
  context: WorkspaceContext,
  secret: string,
): Promise<{ readonly expiresTs: number }> =>
  context.store.read(async (reader) => {
    const link = await openLink(reader, 'invitation', secret, context.clock.now());
    return { expiresTs: link.expires_ts };
  });

/**
 * Makes the account of who came by a link, whatever the registration mode is. Refuses as `openLink` does, and with
 * M_USER_IN_USE, M_INVALID_USERNAME, M_WEAK_PASSWORD.
 */
export const acceptInvitationLink = async (
  context: WorkspaceContext,
  accept: {
    readonly secret: string;
    readonly localpart: string;
    readonly password: string;
    readonly displayName?: string | undefined;
    readonly remoteAddress: string;
  },
): Promise<UserId> => {
  const localpart = checkNewLocalpart(accept.localpart, context.serverName);
  const displayName = accept.displayName?.trim() || undefined;
  if ((displayName?.length ?? 0) > LONGEST_NAME) {
    throw refusal('M_INVALID_PARAM', faultOf('name-long', { most: LONGEST_NAME }));
  }
  refuseWeakPassword(accept.password);
  // Before hashing, so that a dead link and a taken name cost little; the transaction is what decides.
  await context.store.read(async (reader) => {
    await openLink(reader, 'invitation', accept.secret, context.clock.now());
    await refuseTakenName(reader, localpart);
  });
  const passwordHash = await context.passwords.hash(accept.password);
  const userId = userIdOf(localpart, context.serverName);
  await context.store.transact(async (tx) => {
    const createdTs = context.clock.now();
    const link = await useLink(tx, 'invitation', accept.secret, createdTs);
    // The role may have been removed since: then it is an ordinary one.
    const role = link.role !== null && (await isRole(tx, link.role)) ? link.role : 'user';
    await insertAccount(tx, { localpart, passwordHash, role, displayName, createdTs });
    const by = { name: userId, address: accept.remoteAddress };
    const after = { role, link: link.link_id };
    await appendAudit(tx, { ts: createdTs, action: 'account.register', by, target: userId, after });
  });
  return userId;
};
