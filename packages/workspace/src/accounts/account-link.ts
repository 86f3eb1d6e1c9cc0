/** Links that an admin gives out, each with a secret that only the link has. */
import { createHash, randomBytes } from 'node:crypto';
import { refusal, type StoreReader, type StoreTx } from '@causeway/homeserver';
import type { Actor } from '../audit/actor.ts';
import { faultOf } from '../faults.ts';
import { type AccountLinkRow, accountLinks } from '../tables.ts';

export type LinkKind = 'invitation' | 'password';

export type LinkState = 'open' | 'used' | 'expired' | 'withdrawn';

/** What is shown once: whoever has the secret can use the link. */
export type MadeLink = { readonly linkId: string; readonly secret: string; readonly expiresTs: number };

/** How long links of a kind are kept after their end, so that whoever opens one learns what became of it. */
const KEPT_MS = 90 * 24 * 60 * 60_000;

const LONGEST_SECRET = 200;

/** Inside the transaction that gives the reason. */
export const insertLink = async (
  tx: StoreTx,
  link: {
    readonly kind: LinkKind;
    readonly localpart?: string;
    readonly role?: string;
    readonly note?: string | undefined;
    readonly uses: number;
    readonly now: number;
    readonly lifetimeMs: number;
    readonly by: Actor;
  },
): Promise<MadeLink> => {
  const { kind, now } = link;
  await forgetOldLinks(tx, kind, now);
  const secret = randomBytes(24).toString('base64url');
  const linkId = randomBytes(6).toString('hex');
  const expiresTs = now + link.lifetimeMs;
  await tx.insert(accountLinks, {
    link_id: linkId,
    secret_hash: hashOf(secret),
    kind,
    localpart: link.localpart ?? null,
    role: link.role ?? null,
    note: link.note ?? null,
    uses_allowed: link.uses,
    used: 0,
    created_ts: now,
    created_by: link.by.name,
    expires_ts: expiresTs,
    withdrawn_ts: null,
  });
  return { linkId, secret, expiresTs };
};

export const stateOfLink = (link: AccountLinkRow, now: number): LinkState => {
  if (link.withdrawn_ts !== null) return 'withdrawn';
  if (link.used >= link.uses_allowed) return 'used';
  return now >= link.expires_ts ? 'expired' : 'open';
};

/**
 * The link that a secret opens.
 *
 * @throws M_NOT_FOUND, CAUSEWAY_LINK_USED, CAUSEWAY_LINK_EXPIRED, CAUSEWAY_LINK_WITHDRAWN, in words for who opens it
 */
export const openLink = async (
  reader: StoreReader,
  kind: LinkKind,
  secret: string,
  now: number,
): Promise<AccountLinkRow> => {
  const secret_hash = hashOf(secret.slice(0, LONGEST_SECRET));
  const link = await reader.first(accountLinks, { index: 'by_secret', where: { secret_hash } });
  if (link === undefined || link.kind !== kind) {
    throw refusal('M_NOT_FOUND', faultOf('link-not-found'));
  }
  const state = stateOfLink(link, now);
  if (state !== 'open') throw refusal(refusals[state].errcode, faultOf(refusals[state].fault));
  return link;
};

const refusals = {
  used: { errcode: 'CAUSEWAY_LINK_USED', fault: 'link-used' },
  expired: { errcode: 'CAUSEWAY_LINK_EXPIRED', fault: 'link-expired' },
  withdrawn: { errcode: 'CAUSEWAY_LINK_WITHDRAWN', fault: 'link-withdrawn' },
} as const;

/** Counts one use, inside the transaction of what the link is for. */
export const useLink = async (
  tx: StoreTx,
  kind: LinkKind,
  secret: string,
  now: number,
): Promise<AccountLinkRow> => {
  const link = await openLink(tx, kind, secret, now);
  await tx.update(accountLinks, { link_id: link.link_id }, { used: link.used + 1 });
  return link;
};

/** Only the newest link for somebody's password is of use. */
export const withdrawPasswordLinks = async (tx: StoreTx, localpart: string, now: number): Promise<void> => {
  for (const link of await tx.scan(accountLinks, { index: 'by_kind', where: { kind: 'password' } })) {
    if (link.localpart !== localpart || stateOfLink(link, now) !== 'open') continue;
    await tx.update(accountLinks, { link_id: link.link_id }, { withdrawn_ts: now });
  }
};

const forgetOldLinks = async (tx: StoreTx, kind: LinkKind, now: number): Promise<void> => {
  const old = { index: 'by_kind', where: { kind }, lt: now - KEPT_MS } as const;
  for (const link of await tx.scan(accountLinks, old)) {
    if (link.expires_ts < now - KEPT_MS) await tx.delete(accountLinks, { link_id: link.link_id });
  }
};

/** It is random, so a plain hash is enough and comparing needs no care. */
const hashOf = (secret: string): Uint8Array => new Uint8Array(createHash('sha256').update(secret).digest());
