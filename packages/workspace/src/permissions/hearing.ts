/** Who hears of rooms with other organisations, and since which stream position. */
import {
  announceDeviceList,
  type Hearing,
  type RoomHearing,
  type RowOf,
  type StoreReader,
  type StoreTx,
} from '@causeway/homeserver';
import type { ServerName, UserId } from '@causeway/protocol';
import { ownLocalpart, userIdOf } from '../accounts/account.ts';
import type { WorkspaceContext } from '../context.ts';
import { accounts, hearingSpells, hearings } from '../tables.ts';
import { type EmailRule, emailRuleOf, isHeldTowards, readDomains, rightsOfAccount } from './rights.ts';

type SpellRow = RowOf<typeof hearingSpells>;

/** The engine's question, from the snapshot that it reads. Somebody who is not of this workspace hears nothing. */
export const readHearing = async (
  context: WorkspaceContext,
  reader: StoreReader,
  userId: UserId,
): Promise<Hearing> => {
  const localpart = ownLocalpart(userId, context.serverName);
  const account = localpart === undefined ? undefined : await reader.get(accounts, { localpart });
  if (localpart === undefined || account === undefined) return { kind: 'until', stream: 0, ts: 0 };
  const email = emailRuleOf(context.settings, context.serverName);
  const access = (await rightsOfAccount(reader, account, email))['access-federation'];
  const changed = await reader.get(hearings, { localpart });
  if (access.held && access.domains === undefined)
    return changed === undefined ? { kind: 'all' } : { kind: 'all', since: changed.stream };
  const spells = [...(await reader.scan(hearingSpells, { where: { localpart }, reverse: true }))];
  const until = { stream: changed?.stream ?? 0, ts: changed?.changed_ts ?? 0 };
  if (spells.length === 0) {
    if (access.domains === undefined) return { kind: 'until', ...until };
    // A new account with a role that is limited: it never was otherwise.
    spells.push({ localpart, stream: 0, changed_ts: 0, hears: JSON.stringify(access.domains) });
  }
  return { kind: 'until', ...until, ofRoomWith: (servers) => heardWith(spells, servers) };
};

/**
 * What is heard of a room with these servers. Who hears it does so since the first of the spells that let them, without
 * a gap; who does not, heard it last before the first of the spells that shut them out. `spells`: newest first.
 */
const heardWith = (spells: readonly SpellRow[], servers: readonly ServerName[]): RoomHearing => {
  const [now, ...earlier] = spells;
  if (now === undefined) return { kind: 'until', stream: 0, ts: 0 };
  const hearsNow = isHeardIn(now, servers);
  let from = now;
  for (const spell of earlier) {
    if (isHeardIn(spell, servers) !== hearsNow) break;
    from = spell;
  }
  return hearsNow
    ? { kind: 'all', since: from.stream }
    : { kind: 'until', stream: from.stream, ts: from.changed_ts };
};

const isHeardIn = ({ hears }: SpellRow, servers: readonly ServerName[]): boolean => {
  if (hears === HEARS_ALL || hears === HEARS_NONE) return hears === HEARS_ALL;
  const domains = readDomains(hears);
  return servers.every((server) => isHeldTowards({ held: true, domains }, server));
};

export type HearingChange = { readonly users: readonly UserId[]; readonly stream: number };

/**
 * Runs `work`, which changes rights, and writes down whose hearing that changed, in the same transaction. After
 * the commit the caller tells `context.changes`.
 */
export const withHearing = async (
  context: WorkspaceContext,
  tx: StoreTx,
  work: () => Promise<void>,
  emailAfter?: EmailRule,
): Promise<HearingChange | undefined> => {
  const email = emailRuleOf(context.settings, context.serverName);
  const before = await hearers(tx, email);
  await work();
  const after = await hearers(tx, emailAfter ?? email);
  const changed = [...after].filter(([localpart, hears]) => before.get(localpart) !== hears);
  if (changed.length === 0) return undefined;
  const stream = await tx.next('stream');
  for (const [localpart, hears] of changed) {
    const changed_ts = context.clock.now();
    await tx.put(hearings, { localpart, stream, changed_ts });
    await announceDeviceList(tx, userIdOf(localpart, context.serverName));
    await noteSpell(tx, { localpart, stream, changed_ts, hears }, before.get(localpart) ?? HEARS_NONE);
  }
  return { users: changed.map(([localpart]) => userIdOf(localpart, context.serverName)), stream };
};

/** The first one has what was before it, too. */
const noteSpell = async (tx: StoreTx, spell: SpellRow, before: string): Promise<void> => {
  const { localpart } = spell;
  if ((await tx.first(hearingSpells, { where: { localpart } })) === undefined) {
    await tx.put(hearingSpells, { localpart, stream: 0, changed_ts: 0, hears: before });
  }
  await tx.put(hearingSpells, spell);
};

const HEARS_ALL = 'all';
const HEARS_NONE = 'none';

/** Of everybody, what they hear, as a spell has it. */
const hearers = async (reader: StoreReader, email: EmailRule): Promise<ReadonlyMap<string, string>> => {
  const found = new Map<string, string>();
  for (const account of await reader.scan(accounts, {})) {
    const rights = await rightsOfAccount(reader, account, email);
    const { held, domains } = rights['access-federation'];
    found.set(
      account.localpart,
      held ? (domains === undefined ? HEARS_ALL : JSON.stringify(domains)) : HEARS_NONE,
    );
  }
  return found;
};

/** A transaction that may change who hears; told to the running homeserver after its commit. */
export const transactHearing = async (
  context: WorkspaceContext,
  work: (tx: StoreTx) => Promise<void>,
): Promise<void> => {
  const change = await context.store.transact((tx) => withHearing(context, tx, () => work(tx)));
  if (change !== undefined) context.changes.tell({ kind: 'hearing', ...change });
};
