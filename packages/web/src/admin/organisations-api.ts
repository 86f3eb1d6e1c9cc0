/** What the pages about organisations ask of the server. */
import { isObject, type JsonObject, request, text } from '../session/matrix-request.ts';

export type Health = 'ok' | 'failing' | 'silent' | 'blocked' | 'waiting' | 'refused' | 'disconnected';

export type ExchangeHour = {
  readonly hour: number;
  readonly delivered: number;
  readonly failed: number;
  readonly received: number;
};

export type Contact = {
  readonly serverName: string;
  readonly status: string;
  readonly reason: string;
  readonly version: number;
  readonly decidedBy: string;
  readonly decidedTs: number | undefined;
};

export type ContactRequest = {
  readonly id: number;
  readonly serverName: string;
  readonly kind: string;
  readonly person: string;
  readonly room: string;
  readonly other: string;
  readonly requestedTs: number;
  readonly state: string;
  readonly outcome: string;
};

export type WaitingContact = Contact & { readonly requests: readonly ContactRequest[] };

/** Messages and changes that the organisation refuses, each by itself. */
export type SetAside = {
  readonly events: number;
  /** Of apps among each other. */
  readonly edus: number;
  /** There may be more. */
  readonly atLeast: boolean;
  readonly newestTs: number;
  /** What its server answered to the newest. */
  readonly reason: string;
};

export type Organisation = {
  readonly serverName: string;
  readonly health: Health;
  readonly rooms: number;
  readonly people: number;
  readonly lastDeliveredTs: number | undefined;
  readonly lastReceivedTs: number | undefined;
  readonly failingSinceTs: number | undefined;
  readonly lastError: string;
  readonly nextAttemptTs: number | undefined;
  readonly waiting: number;
  readonly waitingAtLeast: boolean;
  readonly oldestTs: number | undefined;
  readonly setAside: SetAside | undefined;
  readonly hours: readonly ExchangeHour[];
  readonly blockedBy: string;
  readonly contact: Contact | undefined;
};

export type SharedRoom = {
  readonly roomId: string;
  readonly name: string;
  readonly theirMembers: number;
  readonly ourMembers: number;
  readonly others: readonly string[];
};

export type OrganisationInFull = Organisation & {
  readonly sharedRooms: readonly SharedRoom[];
  readonly rulesVersion: number;
};

const ADMIN = '/_causeway/admin';

const urlOf = (serverName: string): string => `${ADMIN}/organisations/${encodeURIComponent(serverName)}`;

export async function fetchOrganisations(accessToken: string): Promise<readonly Organisation[]> {
  return objects((await request(`${ADMIN}/organisations`, { accessToken })).organisations).map(
    readOrganisation,
  );
}

export const fetchOrganisation = async (
  accessToken: string,
  serverName: string,
): Promise<OrganisationInFull> => readInFull(await request(urlOf(serverName), { accessToken }));

export const retryOrganisation = async (
  accessToken: string,
  serverName: string,
): Promise<OrganisationInFull> =>
  readInFull(await request(`${urlOf(serverName)}/retry`, { method: 'POST', accessToken, body: {} }));

export const blockOrganisation = async (
  accessToken: string,
  { serverName, rulesVersion }: OrganisationInFull,
  blocked: boolean,
): Promise<OrganisationInFull> =>
  readInFull(
    await request(`${urlOf(serverName)}/block`, {
      method: 'PUT',
      accessToken,
      body: { blocked, version: rulesVersion },
    }),
  );

export type Left = {
  readonly rooms: number;
  readonly people: number;
  readonly failures: readonly string[];
};

export async function disconnectOrganisation(
  accessToken: string,
  { serverName, contact }: Organisation,
  reason: string,
): Promise<Left> {
  const body = await request(`${urlOf(serverName)}/disconnect`, {
    method: 'POST',
    accessToken,
    body: { version: contact?.version ?? 0, ...(reason === '' ? {} : { reason }) },
  });
  return { rooms: number(body.rooms), people: number(body.people), failures: strings(body.failures) };
}

export async function exportOrganisation(accessToken: string, serverName: string): Promise<Blob> {
  const answer = await fetch(`${urlOf(serverName)}/export`, {
    headers: { authorization: `Bearer ${accessToken}` },
  });
  if (!answer.ok) throw new Error(answer.statusText);
  return answer.blob();
}

export type Contacts = { readonly switchedOn: boolean; readonly contacts: readonly WaitingContact[] };

/** Those that an admin is asked about; none while first contacts need no approval. */
export const waitingContacts = (contacts: Contacts | undefined): readonly WaitingContact[] =>
  contacts?.switchedOn ? contacts.contacts.filter(({ status }) => status === 'waiting') : [];

export const fetchContacts = async (accessToken: string): Promise<Contacts> =>
  readContacts(await request(`${ADMIN}/contacts`, { accessToken }));

export const decideContact = async (
  accessToken: string,
  contact: Pick<Contact, 'serverName' | 'version'>,
  decision: 'approved' | 'refused',
  reason = '',
): Promise<Contacts> =>
  readContacts(
    await request(`${ADMIN}/contacts/${encodeURIComponent(contact.serverName)}`, {
      method: 'PUT',
      accessToken,
      body: { decision, version: contact.version, ...(reason === '' ? {} : { reason }) },
    }),
  );

/** What one wanted oneself of organisations that wait. */
export async function fetchOwnRequests(accessToken: string): Promise<readonly ContactRequest[]> {
  return objects((await request('/_causeway/contact-requests', { accessToken })).requests).map(readRequest);
}

export const removeOwnRequest = (accessToken: string, id: number): Promise<unknown> =>
  request(`/_causeway/contact-requests/${id}`, { method: 'DELETE', accessToken });

const number = (value: unknown): number => (typeof value === 'number' ? value : 0);
const time = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined);

const objects = (value: unknown): readonly JsonObject[] =>
  Array.isArray(value) ? value.filter(isObject) : [];

const strings = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((entry): entry is string => typeof entry === 'string') : [];

const HEALTHS: readonly Health[] = [
  'ok',
  'failing',
  'silent',
  'blocked',
  'waiting',
  'refused',
  'disconnected',
];

const readOrganisation = (body: JsonObject): Organisation => {
  const backlog = isObject(body.backlog) ? body.backlog : {};
  return {
    serverName: text(body.server_name) ?? '',
    health: HEALTHS.find((one) => one === body.health) ?? 'silent',
    rooms: number(body.rooms),
    people: number(body.people),
    lastDeliveredTs: time(body.last_delivered_ts),
    lastReceivedTs: time(body.last_received_ts),
    failingSinceTs: time(body.failing_since_ts),
    lastError: text(body.last_error) ?? '',
    nextAttemptTs: time(body.next_attempt_ts),
    waiting: number(backlog.events) + number(backlog.edus),
    waitingAtLeast: backlog.at_least === true,
    oldestTs: time(backlog.oldest_ts),
    setAside: isObject(body.set_aside) ? readSetAside(body.set_aside) : undefined,
    hours: objects(body.hours).map((hour) => ({
      hour: number(hour.hour),
      delivered: number(hour.delivered),
      failed: number(hour.failed),
      received: number(hour.received),
    })),
    blockedBy: text(body.blocked_by) ?? '',
    contact: isObject(body.contact) ? readContact(body.contact) : undefined,
  };
};

const readSetAside = (body: JsonObject): SetAside => ({
  events: number(body.events),
  edus: number(body.edus),
  atLeast: body.at_least === true,
  newestTs: number(body.newest_ts),
  reason: text(body.reason) ?? '',
});

const readInFull = (body: JsonObject): OrganisationInFull => ({
  ...readOrganisation(body),
  rulesVersion: number(body.rules_version),
  sharedRooms: objects(body.shared_rooms).map((room) => ({
    roomId: text(room.room_id) ?? '',
    name: text(room.name) ?? '',
    theirMembers: number(room.their_members),
    ourMembers: number(room.our_members),
    others: strings(room.others),
  })),
});

const readContact = (body: JsonObject): Contact => ({
  serverName: text(body.server_name) ?? '',
  status: text(body.status) ?? '',
  reason: text(body.reason) ?? '',
  version: number(body.version),
  decidedBy: text(body.decided_by) ?? '',
  decidedTs: time(body.decided_ts),
});

const readContacts = (body: JsonObject): Contacts => ({
  switchedOn: body.switched_on === true,
  contacts: objects(body.contacts).map((contact) => ({
    ...readContact(contact),
    requests: objects(contact.requests).map(readRequest),
  })),
});

const readRequest = (body: JsonObject): ContactRequest => ({
  id: number(body.id),
  serverName: text(body.server_name) ?? '',
  kind: text(body.kind) ?? '',
  person: text(body.person) ?? '',
  room: text(body.room) ?? '',
  other: text(body.other) ?? '',
  requestedTs: number(body.requested_ts),
  state: text(body.state) ?? '',
  outcome: text(body.outcome) ?? '',
});
