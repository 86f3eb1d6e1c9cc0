/** What the pages about people, links and tokens ask of the server. */
import { isObject, type JsonObject, request, text } from '../session/matrix-request.ts';

export type PersonState = 'active' | 'deactivated' | 'erased';

export type ListedPerson = {
  readonly userId: string;
  readonly displayName: string | undefined;
  readonly avatar: string | undefined;
  readonly role: string;
  readonly state: PersonState;
  readonly lastSeenTs: number | undefined;
  readonly sessions: number;
  readonly email: string | undefined;
  readonly emailVerifiedBy: string | undefined;
};

export type Person = ListedPerson & {
  readonly version: number;
  readonly createdTs: number;
  readonly changed: { readonly by: string; readonly ts: number } | undefined;
  readonly granted: readonly string[];
  readonly permissions: readonly string[];
  readonly hasPassword: boolean;
  readonly passwordLinkExpiresTs: number | undefined;
  readonly leaving: boolean;
  readonly rooms: {
    readonly joined: number;
    readonly shared: number;
    readonly organisations: readonly string[];
  };
};

export type PeoplePage = {
  readonly people: readonly ListedPerson[];
  readonly total: number;
  readonly after: string | undefined;
};

export type PeopleFilter = { readonly search: string; readonly state: PersonState | '' };

const ADMIN = '/_causeway/admin';

export async function fetchPeople(
  accessToken: string,
  filter: PeopleFilter,
  after?: string,
): Promise<PeoplePage> {
  const query = new URLSearchParams(Object.entries(filter).filter(([, value]) => value !== ''));
  if (after !== undefined) query.set('after', after);
  const body = await request(`${ADMIN}/people?${query}`, { accessToken });
  return {
    people: objects(body.people).map(listedPersonIn),
    total: number(body.total) ?? 0,
    after: text(body.after),
  };
}

const personPath = (userId: string, what = '') => `${ADMIN}/people/${encodeURIComponent(userId)}${what}`;

export const fetchPerson = async (accessToken: string, userId: string): Promise<Person> =>
  personIn(await request(personPath(userId), { accessToken }));

/** `what` is what follows the person in the path, such as `/role`; the answer is the person afterwards. */
export const changePerson = async (
  accessToken: string,
  person: Pick<Person, 'userId' | 'version'>,
  what: '/role' | '/email' | `/permissions/${string}`,
  change: JsonObject,
): Promise<Person> =>
  personIn(
    await request(personPath(person.userId, what), {
      method: 'PUT',
      accessToken,
      body: { ...change, version: person.version },
    }),
  );

export const endOrOpenAccount = async (
  accessToken: string,
  person: Pick<Person, 'userId' | 'version'>,
  what: 'deactivation' | 'reactivation',
  options: JsonObject = {},
): Promise<Person> =>
  personIn(
    await request(personPath(person.userId, `/${what}`), {
      method: 'POST',
      accessToken,
      body: { ...options, version: person.version },
    }),
  );

/** A link, which the server shows this once. */
export type MadeLink = { readonly address: string; readonly expiresTs: number };

export type NewAccount = {
  readonly username: string;
  readonly displayName: string;
  readonly role: string;
  /** Empty: the person chooses one, by a link. */
  readonly password: string;
};

export async function createPerson(
  accessToken: string,
  account: NewAccount,
): Promise<{ readonly userId: string; readonly link: MadeLink | undefined }> {
  const body = await request(`${ADMIN}/people`, {
    method: 'POST',
    accessToken,
    body: {
      username: account.username,
      role: account.role,
      ...(account.displayName === '' ? {} : { display_name: account.displayName }),
      ...(account.password === '' ? {} : { password: account.password }),
    },
  });
  return { userId: personIn(body).userId, link: linkIn(body) };
}

export async function makePasswordLink(
  accessToken: string,
  userId: string,
): Promise<{ readonly person: Person; readonly link: MadeLink | undefined }> {
  const body = await request(personPath(userId, '/password-link'), {
    method: 'POST',
    accessToken,
    body: {},
  });
  return { person: personIn(body), link: linkIn(body) };
}

export type PersonSession = {
  readonly deviceId: string;
  readonly name: string | undefined;
  readonly lastSeenTs: number | undefined;
  readonly address: string | undefined;
};

export const fetchSessions = async (accessToken: string, userId: string): Promise<readonly PersonSession[]> =>
  sessionsIn(await request(personPath(userId, '/sessions'), { accessToken }));

/** Without a device: everywhere. */
export const endSessions = async (
  accessToken: string,
  userId: string,
  deviceId?: string,
): Promise<readonly PersonSession[]> => {
  const one = deviceId === undefined ? '' : `/${encodeURIComponent(deviceId)}`;
  return sessionsIn(await request(personPath(userId, `/sessions${one}`), { method: 'DELETE', accessToken }));
};

export async function exportPerson(accessToken: string, userId: string): Promise<Blob> {
  const answer = await fetch(personPath(userId, '/export'), {
    headers: { authorization: `Bearer ${accessToken}` },
  });
  if (!answer.ok) throw new Error(answer.statusText);
  return answer.blob();
}

export type LinkState = 'open' | 'used' | 'expired' | 'withdrawn';

export type InvitationLink = {
  readonly linkId: string;
  readonly state: LinkState;
  readonly role: string;
  readonly note: string | undefined;
  readonly uses: number;
  readonly used: number;
  readonly createdTs: number;
  readonly createdBy: string;
  readonly expiresTs: number;
};

export type InvitationLinks = {
  readonly links: readonly InvitationLink[];
  readonly made: MadeLink | undefined;
};

export const fetchInvitationLinks = async (accessToken: string): Promise<InvitationLinks> =>
  invitationLinksIn(await request(`${ADMIN}/invitation-links`, { accessToken }));

export const makeInvitationLink = async (
  accessToken: string,
  wish: {
    readonly role: string;
    readonly uses: number;
    readonly hours: number;
    readonly note: string;
  },
): Promise<InvitationLinks> =>
  invitationLinksIn(await request(`${ADMIN}/invitation-links`, { method: 'POST', accessToken, body: wish }));

export const withdrawInvitationLink = async (accessToken: string, linkId: string): Promise<InvitationLinks> =>
  invitationLinksIn(
    await request(`${ADMIN}/invitation-links/${encodeURIComponent(linkId)}`, {
      method: 'DELETE',
      accessToken,
    }),
  );

export type RegistrationToken = {
  readonly token: string;
  readonly state: LinkState;
  readonly used: number;
  readonly uses: number | undefined;
  readonly expiresTs: number | undefined;
};

export type RegistrationTokens = {
  readonly registration: string;
  readonly tokens: readonly RegistrationToken[];
};

export const fetchTokens = async (accessToken: string): Promise<RegistrationTokens> =>
  tokensIn(await request(`${ADMIN}/registration-tokens`, { accessToken }));

export const makeToken = async (
  accessToken: string,
  wish: { readonly token?: string; readonly uses?: number; readonly expires_ts?: number },
): Promise<RegistrationTokens> =>
  tokensIn(await request(`${ADMIN}/registration-tokens`, { method: 'POST', accessToken, body: wish }));

export const withdrawToken = async (accessToken: string, token: string): Promise<RegistrationTokens> =>
  tokensIn(
    await request(`${ADMIN}/registration-tokens/${encodeURIComponent(token)}`, {
      method: 'DELETE',
      accessToken,
    }),
  );

const number = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined);

const objects = (value: unknown): readonly JsonObject[] =>
  Array.isArray(value) ? value.filter(isObject) : [];

const strings = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((entry): entry is string => typeof entry === 'string') : [];

const listedPersonIn = (body: JsonObject): ListedPerson => ({
  userId: text(body.user_id) ?? '',
  displayName: text(body.display_name),
  avatar: text(body.avatar_url),
  role: text(body.role) ?? '',
  state: body.state === 'deactivated' || body.state === 'erased' ? body.state : 'active',
  lastSeenTs: number(body.last_seen_ts),
  sessions: number(body.sessions) ?? 0,
  email: text(body.email),
  emailVerifiedBy: text(body.email_verified_by),
});

const personIn = (answer: JsonObject): Person => {
  const body = isObject(answer.person) ? answer.person : {};
  const rooms = isObject(body.rooms) ? body.rooms : {};
  const by = text(body.changed_by);
  return {
    ...listedPersonIn(body),
    version: number(body.version) ?? 0,
    createdTs: number(body.created_ts) ?? 0,
    changed: by === undefined ? undefined : { by, ts: number(body.changed_ts) ?? 0 },
    granted: strings(body.granted),
    permissions: strings(body.permissions),
    hasPassword: strings(body.sign_in_methods).includes('password'),
    passwordLinkExpiresTs: number(body.password_link_expires_ts),
    leaving: body.leaving === true,
    rooms: {
      joined: number(rooms.joined) ?? 0,
      shared: number(rooms.shared) ?? 0,
      organisations: strings(rooms.organisations),
    },
  };
};

const linkIn = (body: JsonObject): MadeLink | undefined => {
  const address = text(body.link);
  return address === undefined ? undefined : { address, expiresTs: number(body.expires_ts) ?? 0 };
};

const sessionsIn = (body: JsonObject): readonly PersonSession[] =>
  objects(body.sessions).map((session) => ({
    deviceId: text(session.device_id) ?? '',
    name: text(session.display_name),
    lastSeenTs: number(session.last_seen_ts),
    address: text(session.last_seen_ip),
  }));

const stateIn = (value: unknown): LinkState =>
  value === 'used' || value === 'expired' || value === 'withdrawn' ? value : 'open';

const invitationLinksIn = (body: JsonObject): InvitationLinks => ({
  links: objects(body.links).map((link) => ({
    linkId: text(link.link_id) ?? '',
    state: stateIn(link.state),
    role: text(link.role) ?? '',
    note: text(link.note),
    uses: number(link.uses) ?? 0,
    used: number(link.used) ?? 0,
    createdTs: number(link.created_ts) ?? 0,
    createdBy: text(link.created_by) ?? '',
    expiresTs: number(link.expires_ts) ?? 0,
  })),
  made: linkIn(body),
});

const tokensIn = (body: JsonObject): RegistrationTokens => ({
  registration: text(body.registration) ?? '',
  tokens: objects(body.tokens).map((token) => ({
    token: text(token.token) ?? '',
    state: stateIn(token.state),
    used: number(token.used) ?? 0,
    uses: number(token.uses),
    expiresTs: number(token.expires_ts),
  })),
});
