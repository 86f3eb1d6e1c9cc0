/** The people of this workspace as admins see them. */
import { refusal, type StoreReader } from '@causeway/homeserver';
import { type JsonObject, ownProperty, parseJson, isJsonObject, type UserId } from '@causeway/protocol';
import type { WorkspaceContext } from '../context.ts';
import { faultOf } from '../faults.ts';
import { heldPermissions } from '../permissions/permissions.ts';
import type { Permission } from '../permissions/rights.ts';
import { accountLinks, type AccountRow, accounts, departures, permissions, sessions } from '../tables.ts';
import { userIdOf } from './account.ts';
import { stateOfLink } from './account-link.ts';
import { requireAccount } from './edit-account.ts';
import { type SignInMethod, signInMethodsOf } from './sign-in-methods.ts';

export const personStates = ['active', 'deactivated', 'erased'] as const;

export type PersonState = (typeof personStates)[number];

export type ListedPerson = {
  readonly userId: UserId;
  readonly displayName?: string;
  readonly avatarUrl?: string;
  readonly role: string;
  readonly state: PersonState;
  readonly createdTs: number;
  /** Absent: never. */
  readonly lastSeenTs?: number;
  readonly sessions: number;
  readonly email?: string;
  /** The admin who said so. */
  readonly emailVerifiedBy?: string;
  /** What they may do, by their role and by what was granted. */
  readonly permissions: readonly Permission[];
};

export type PersonPage = {
  readonly people: readonly ListedPerson[];
  /** Who passes the filter, on all pages. */
  readonly total: number;
  /** What to ask for the next page with. */
  readonly after?: string;
};

export type PeopleFilter = {
  /** In the user ID, the display name or the e-mail address, ignoring case. */
  readonly search?: string | undefined;
  readonly role?: string | undefined;
  readonly state?: PersonState | undefined;
};

const LONGEST_SEARCH = 200;

/** By name. `after` is the localpart that the page before ended with. */
export const listPeople = (
  context: WorkspaceContext,
  asked: PeopleFilter & { readonly after?: string | undefined; readonly limit: number },
): Promise<PersonPage> => {
  if ((asked.search?.length ?? 0) > LONGEST_SEARCH) throw refusal('M_INVALID_PARAM', faultOf('search-long'));
  return context.store.read(async (reader) => {
    const passing = (await reader.scan(accounts, {})).filter((row) => passes(context, asked, row));
    const rest = passing.filter(({ localpart }) => asked.after === undefined || localpart > asked.after);
    const page = rest.slice(0, asked.limit);
    const people: ListedPerson[] = [];
    for (const row of page) people.push(await listedPerson(context, reader, row));
    const last = page.at(-1);
    return {
      people,
      total: passing.length,
      ...(last === undefined || rest.length === page.length ? {} : { after: last.localpart }),
    };
  });
};

export type Person = ListedPerson & {
  /** For changes: the version that was seen. */
  readonly version: number;
  readonly changedTs?: number;
  readonly changedBy?: string;
  /** Permissions beside those of the role. */
  readonly granted: readonly string[];
  readonly signInMethods: readonly SignInMethod[];
  /** Until when the newest link for a password is open; absent: there is none. */
  readonly passwordLinkExpiresTs?: number;
  readonly deactivatedTs?: number;
  /** Whether there are rooms that they have yet to leave. */
  readonly leaving: boolean;
};

/** @throws M_NOT_FOUND */
export const readPerson = (context: WorkspaceContext, userId: UserId): Promise<Person> =>
  context.store.read(async (reader) => {
    const row = await requireAccount(reader, context, userId);
    const { localpart } = row;
    const granted = await reader.scan(permissions, { where: { localpart } });
    const link = await openPasswordLink(reader, localpart, context.clock.now());
    return {
      ...(await listedPerson(context, reader, row)),
      version: row.version ?? 0,
      ...(row.changed_ts === null ? {} : { changedTs: row.changed_ts }),
      ...(row.changed_by === null ? {} : { changedBy: row.changed_by }),
      granted: granted.map(({ permission }) => permission),
      signInMethods: signInMethodsOf(row),
      ...(link === undefined ? {} : { passwordLinkExpiresTs: link.expires_ts }),
      ...(row.deactivated_ts === null ? {} : { deactivatedTs: row.deactivated_ts }),
      leaving: (await reader.get(departures, { localpart })) !== undefined,
    };
  });

const openPasswordLink = async (reader: StoreReader, localpart: string, now: number) => {
  const links = await reader.scan(accountLinks, { index: 'by_kind', where: { kind: 'password' } });
  return links.find((link) => link.localpart === localpart && stateOfLink(link, now) === 'open');
};

const passes = (context: WorkspaceContext, filter: PeopleFilter, row: AccountRow): boolean => {
  const wanted = filter.search?.trim().toLowerCase() ?? '';
  const { displayName = '' } = shownProfile(row);
  const texts = [userIdOf(row.localpart, context.serverName), displayName, row.email ?? ''];
  return (
    (filter.role === undefined || row.role === filter.role) &&
    (filter.state === undefined || stateOf(row) === filter.state) &&
    texts.some((text) => text.toLowerCase().includes(wanted))
  );
};

const listedPerson = async (
  context: WorkspaceContext,
  reader: StoreReader,
  row: AccountRow,
): Promise<ListedPerson> => {
  const signedIn = await reader.scan(sessions, { where: { localpart: row.localpart } });
  const seen = Math.max(row.last_seen_ts ?? 0, ...signedIn.map((session) => session.last_seen_ts));
  return {
    userId: userIdOf(row.localpart, context.serverName),
    ...shownProfile(row),
    role: row.role,
    state: stateOf(row),
    createdTs: row.created_ts,
    ...(seen === 0 ? {} : { lastSeenTs: seen }),
    sessions: signedIn.length,
    ...(row.email === null ? {} : { email: row.email }),
    ...(row.email_verified_by === null ? {} : { emailVerifiedBy: row.email_verified_by }),
    permissions: await heldPermissions(context, reader, row),
  };
};

const stateOf = (row: AccountRow): PersonState => {
  if (row.erased_ts !== null) return 'erased';
  return row.deactivated_ts === null ? 'active' : 'deactivated';
};

const shownProfile = (row: AccountRow): { readonly displayName?: string; readonly avatarUrl?: string } => {
  const parsed = parseJson(Buffer.from(row.profile));
  const profile: JsonObject = parsed.ok && isJsonObject(parsed.value) ? parsed.value : {};
  const displayName = ownProperty(profile, 'displayname');
  const avatarUrl = ownProperty(profile, 'avatar_url');
  return {
    ...(typeof displayName === 'string' ? { displayName } : {}),
    ...(typeof avatarUrl === 'string' ? { avatarUrl } : {}),
  };
};
