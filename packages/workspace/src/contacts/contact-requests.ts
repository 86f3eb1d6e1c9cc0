/** What waits for the approval of an organisation: kept, so that it survives a restart and can be done later. */
import type { StoreReader, StoreTx } from '@causeway/homeserver';
import { isJsonObject, type JsonObject, parseJson, type UserId } from '@causeway/protocol';
import { ownLocalpart } from '../accounts/account.ts';
import type { WorkspaceContext } from '../context.ts';
import { type ContactRequestRow, contactRequests, contacts } from '../tables.ts';
import { contactKey } from './contacts.ts';

/** What a person here, or somebody there, wanted. */
export type ContactWish = {
  readonly serverName: string;
  /** Ours: `invite`, `join`, `knock`. Theirs: `invited`, `joining`. `shared`: it came into a room of ours. */
  readonly kind: ContactRequestKind;
  /** Localpart of the person here. */
  readonly localpart?: string;
  /** Room ID or alias. */
  readonly room?: string;
  /** User ID of the person there. */
  readonly other?: string;
  readonly details?: JsonObject;
};

const kinds = ['invite', 'join', 'knock', 'invited', 'joining', 'shared'] as const;

export type ContactRequestKind = (typeof kinds)[number];

export type ContactRequest = Omit<Required<ContactWish>, 'kind'> & {
  readonly id: number;
  readonly kind: ContactRequestKind;
  readonly requestedTs: number;
  readonly state: 'waiting' | 'done' | 'failed' | 'refused';
  readonly outcome?: string;
};

/** Strangers can ask, so what they can fill is bounded. */
const MAX_WAITING_SERVERS = 500;
const MAX_PER_SERVER = 50;
const MAX_TEXT = 255;

/** Writes down that something waits. The same wish again is one wish. */
export const noteWish = async (context: WorkspaceContext, wish: ContactWish): Promise<void> => {
  const row = await context.store.transact(async (tx) => {
    const server_name = contactKey(wish.serverName).slice(0, MAX_TEXT);
    const contact = await tx.get(contacts, { server_name });
    const now = context.clock.now();
    if (contact === undefined) {
      const waiting = (await tx.scan(contacts, {})).filter((one) => one.status === 'waiting');
      if (waiting.length >= MAX_WAITING_SERVERS && isTheirs(wish.kind)) return undefined;
      const fresh = { server_name, status: 'waiting', reason: null, version: 0, first_ts: now };
      await tx.put(contacts, { ...fresh, decided_ts: null, decided_by: null });
    }
    await putRequest(tx, server_name, wish, now);
    return tx.get(contacts, { server_name });
  });
  if (row !== undefined) context.contacts.take(row);
};

const isTheirs = (kind: ContactRequestKind): boolean => kind === 'invited' || kind === 'joining';

const putRequest = async (tx: StoreTx, server_name: string, wish: ContactWish, now: number) => {
  const { kind, localpart = '', room = '', other = '', details = {} } = wish;
  const cut = { localpart, room: room.slice(0, MAX_TEXT), other: other.slice(0, MAX_TEXT) };
  const known = await tx.scan(contactRequests, { index: 'by_server', where: { server_name } });
  const same = known.find(
    (row) =>
      row.state === 'waiting' &&
      row.kind === kind &&
      row.localpart === cut.localpart &&
      row.room === cut.room &&
      row.other === cut.other,
  );
  if (same !== undefined || (known.length >= MAX_PER_SERVER && isTheirs(kind))) return;
  await tx.put(contactRequests, {
    request_id: await tx.next('contact_request'),
    server_name,
    kind,
    ...cut,
    details: JSON.stringify(details),
    requested_ts: now,
    state: 'waiting',
    outcome: null,
  });
};

export const requestsOfServer = async (
  reader: StoreReader,
  serverName: string,
): Promise<readonly ContactRequest[]> => {
  const where = { server_name: contactKey(serverName) };
  return (await reader.scan(contactRequests, { index: 'by_server', where })).map(requestOf);
};

/** What one person here waits for, newest first. */
export const requestsOfPerson = (
  context: WorkspaceContext,
  userId: UserId,
): Promise<readonly ContactRequest[]> =>
  context.store.read(async (reader) => {
    const localpart = ownLocalpart(userId, context.serverName) ?? '';
    return (
      await reader.scan(contactRequests, { index: 'by_person', where: { localpart }, reverse: true })
    ).map(requestOf);
  });

export const waitingRequests = (context: WorkspaceContext): Promise<readonly ContactRequest[]> =>
  context.store.read(async (reader) =>
    (await reader.scan(contactRequests, { index: 'by_state', where: { state: 'waiting' } })).map(requestOf),
  );

/** Says what became of a wish, unless somebody withdrew it meanwhile. */
export const settleRequest = (
  context: WorkspaceContext,
  request_id: number,
  state: ContactRequest['state'],
  outcome: string,
): Promise<boolean> =>
  context.store.transact((tx) => tx.update(contactRequests, { request_id }, { state, outcome }));

/** Withdraws a wish, or takes note of what became of it. Somebody else's is not there. */
export const removeRequest = (
  context: WorkspaceContext,
  userId: UserId,
  request_id: number,
): Promise<boolean> =>
  context.store.transact(async (tx) => {
    const row = await tx.get(contactRequests, { request_id });
    if (row === undefined || row.localpart !== ownLocalpart(userId, context.serverName)) return false;
    await tx.delete(contactRequests, { request_id });
    return true;
  });

const requestOf = (row: ContactRequestRow): ContactRequest => {
  const details = parseJson(Buffer.from(row.details));
  return {
    id: row.request_id,
    serverName: row.server_name,
    kind: kinds.find((kind) => kind === row.kind) ?? 'shared',
    localpart: row.localpart,
    room: row.room,
    other: row.other,
    details: details.ok && isJsonObject(details.value) ? details.value : {},
    requestedTs: row.requested_ts,
    state: row.state === 'done' || row.state === 'failed' || row.state === 'refused' ? row.state : 'waiting',
    ...(row.outcome === null ? {} : { outcome: row.outcome }),
  };
};
