/** A small client of the Matrix client-server API for tests, for any homeserver. */
import { randomUUID } from 'node:crypto';
import { watchedFetch } from '@causeway/testing/openapi/watched-fetch';

export type JsonObject = { readonly [name: string]: unknown };

export type ClientEvent = {
  readonly event_id: string;
  readonly type: string;
  readonly sender: string;
  readonly state_key?: string;
  readonly content: JsonObject;
  readonly unsigned?: JsonObject;
  readonly redacts?: string;
};

export type JoinedRoom = {
  readonly timeline?: { readonly events: readonly ClientEvent[]; readonly limited?: boolean };
  readonly state?: { readonly events: readonly ClientEvent[] };
  readonly unread_notifications?: JsonObject;
  readonly unread_thread_notifications?: { readonly [threadId: string]: JsonObject };
  readonly ephemeral?: {
    readonly events: readonly { readonly type: string; readonly content: JsonObject }[];
  };
};

export type SyncAnswer = {
  readonly next_batch: string;
  readonly rooms?: {
    readonly join?: { readonly [roomId: string]: JoinedRoom };
    readonly invite?: { readonly [roomId: string]: JsonObject };
    readonly leave?: { readonly [roomId: string]: JoinedRoom };
    readonly knock?: { readonly [roomId: string]: JsonObject };
  };
  readonly presence?: { readonly events: readonly JsonObject[] };
  readonly to_device?: { readonly events: readonly JsonObject[] };
  readonly device_lists?: { readonly changed?: readonly string[]; readonly left?: readonly string[] };
};

/** The server answered with an error. */
export class MatrixRequestError extends Error {
  override readonly name = 'MatrixRequestError';
  readonly status: number;
  readonly errcode: string;

  constructor(method: string, path: string, status: number, body: JsonObject) {
    super(`${method} ${path}: ${status} ${String(body['errcode'] ?? '')} ${String(body['error'] ?? '')}`);
    this.status = status;
    this.errcode = String(body['errcode'] ?? '');
  }
}

const REQUEST_LIMIT_MS = 60_000;
const POLL_MS = 2_000;
const WAIT_LIMIT_MS = 60_000;

/** Where Causeways listen, whose answers are validated against the specification's OpenAPI. */
export const causewayOrigins = new Set<string>();

const fetchAndValidate = watchedFetch(({ origin }) => causewayOrigins.has(origin));

export const request = async (options: {
  readonly method: string;
  readonly url: string;
  readonly token?: string;
  readonly body?: JsonObject;
}): Promise<JsonObject> => {
  const { method, url, token, body } = options;
  const response = await fetchAndValidate(url, {
    method,
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(REQUEST_LIMIT_MS),
  });
  const answer: unknown = await response.json().catch(() => ({}));
  const object = isObject(answer) ? answer : {};
  if (!response.ok) throw new MatrixRequestError(method, new URL(url).pathname, response.status, object);
  return object;
};

/** A field that has to be text. */
export const text = (object: JsonObject, name: string): string => {
  const value = object[name];
  if (typeof value !== 'string') throw new Error(`there is no text "${name}" in ${JSON.stringify(object)}`);
  return value;
};

const isObject = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null;

export class MatrixClient {
  readonly baseUrl: string;
  readonly userId: string;
  readonly token: string;
  /** Timeline events of all syncs so far, by room. */
  readonly timelines = new Map<string, ClientEvent[]>();
  #since: string | undefined;

  constructor(baseUrl: string, userId: string, token: string) {
    this.baseUrl = baseUrl;
    this.userId = userId;
    this.token = token;
  }

  static async login(baseUrl: string, user: string, password: string): Promise<MatrixClient> {
    const answer = await request({
      method: 'POST',
      url: `${baseUrl}/_matrix/client/v3/login`,
      body: { type: 'm.login.password', identifier: { type: 'm.id.user', user }, password },
    });
    return new MatrixClient(baseUrl, text(answer, 'user_id'), text(answer, 'access_token'));
  }

  /** Any endpoint; `path` follows `/_matrix/client/`. */
  call(method: 'GET' | 'PUT' | 'POST' | 'DELETE', path: string, body?: JsonObject): Promise<JsonObject> {
    const url = `${this.baseUrl}/_matrix/client/${path}`;
    return request({ method, url, token: this.token, ...(body === undefined ? {} : { body }) });
  }

  // ── Rooms ───────────────────────────────────────────────────────────────────────────────────────────

  async createRoom(options: JsonObject = {}): Promise<string> {
    return text(await this.call('POST', 'v3/createRoom', options), 'room_id');
  }

  async join(room: string, via: readonly string[] = []): Promise<string> {
    const query = new URLSearchParams();
    for (const server of via) {
      query.append('via', server);
      query.append('server_name', server);
    }
    return text(await this.call('POST', `v3/join/${encodeURIComponent(room)}?${query}`, {}), 'room_id');
  }

  invite(roomId: string, userId: string, reason?: string): Promise<JsonObject> {
    return this.#inRoom(roomId, 'invite', { user_id: userId, ...(reason ? { reason } : {}) });
  }

  /** `servers` are those that may know the room. */
  knock(room: string, servers: readonly string[], reason?: string): Promise<JsonObject> {
    const query = new URLSearchParams();
    for (const server of servers) {
      query.append('via', server);
      query.append('server_name', server);
    }
    return this.call('POST', `v3/knock/${encodeURIComponent(room)}?${query}`, reason ? { reason } : {});
  }

  leave(roomId: string): Promise<JsonObject> {
    return this.#inRoom(roomId, 'leave', {});
  }

  kick(roomId: string, userId: string, reason?: string): Promise<JsonObject> {
    return this.#inRoom(roomId, 'kick', { user_id: userId, ...(reason ? { reason } : {}) });
  }

  ban(roomId: string, userId: string, reason?: string): Promise<JsonObject> {
    return this.#inRoom(roomId, 'ban', { user_id: userId, ...(reason ? { reason } : {}) });
  }

  unban(roomId: string, userId: string): Promise<JsonObject> {
    return this.#inRoom(roomId, 'unban', { user_id: userId });
  }

  // ── Events ──────────────────────────────────────────────────────────────────────────────────────────

  async send(roomId: string, type: string, content: JsonObject): Promise<string> {
    const path = `${roomPath(roomId)}/send/${encodeURIComponent(type)}/${randomUUID()}`;
    return text(await this.call('PUT', path, content), 'event_id');
  }

  sendText(roomId: string, body: string): Promise<string> {
    return this.send(roomId, 'm.room.message', { msgtype: 'm.text', body });
  }

  async sendState(roomId: string, type: string, stateKey: string, content: JsonObject): Promise<string> {
    return text(await this.call('PUT', statePath(roomId, type, stateKey), content), 'event_id');
  }

  /** The content of one state event. */
  state(roomId: string, type: string, stateKey = ''): Promise<JsonObject> {
    return this.call('GET', statePath(roomId, type, stateKey));
  }

  /** All current state events. */
  async fullState(roomId: string): Promise<readonly ClientEvent[]> {
    const answer: unknown = await this.call('GET', `${roomPath(roomId)}/state`);
    return Array.isArray(answer) ? answer : [];
  }

  /** Who has this membership, by user ID. */
  async members(roomId: string, membership = 'join'): Promise<readonly string[]> {
    const events = await this.fullState(roomId);
    return events
      .filter(({ type, content }) => type === 'm.room.member' && content['membership'] === membership)
      .map(({ state_key }) => state_key ?? '')
      .sort();
  }

  async redact(roomId: string, eventId: string, reason?: string): Promise<string> {
    const path = `${roomPath(roomId)}/redact/${encodeURIComponent(eventId)}/${randomUUID()}`;
    return text(await this.call('PUT', path, reason ? { reason } : {}), 'event_id');
  }

  async event(roomId: string, eventId: string): Promise<ClientEvent> {
    return asEvent(await this.call('GET', `${roomPath(roomId)}/event/${encodeURIComponent(eventId)}`));
  }

  /** What relates to an event in this way, the newest first. */
  async relations(roomId: string, eventId: string, relType: string): Promise<readonly ClientEvent[]> {
    const path = `v1/rooms/${encodeURIComponent(roomId)}/relations/${encodeURIComponent(eventId)}/${relType}`;
    const { chunk } = await this.call('GET', path);
    return Array.isArray(chunk) ? chunk.filter(isObject).map(asEvent) : [];
  }

  async messages(
    roomId: string,
    options: { readonly from?: string; readonly dir?: 'b' | 'f'; readonly limit?: number } = {},
  ): Promise<{ readonly chunk: readonly ClientEvent[]; readonly end: string | undefined }> {
    const { from, dir = 'b', limit = 50 } = options;
    const query = new URLSearchParams({ dir, limit: String(limit), ...(from ? { from } : {}) });
    const { chunk, end } = await this.call('GET', `${roomPath(roomId)}/messages?${query}`);
    return {
      chunk: Array.isArray(chunk) ? chunk.filter(isObject).map(asEvent) : [],
      end: typeof end === 'string' ? end : undefined,
    };
  }

  // ── Sync ────────────────────────────────────────────────────────────────────────────────────────────

  /** One sync, from where the last one ended. */
  async sync(timeoutMs = 0): Promise<SyncAnswer> {
    const query = new URLSearchParams({ timeout: String(timeoutMs) });
    if (this.#since !== undefined) query.set('since', this.#since);
    const answer = asSync(await this.call('GET', `v3/sync?${query}`));
    this.#since = answer.next_batch;
    for (const [roomId, room] of Object.entries(answer.rooms?.join ?? {})) {
      const events = this.timelines.get(roomId) ?? [];
      events.push(...(room.timeline?.events ?? []));
      this.timelines.set(roomId, events);
    }
    return answer;
  }

  /** A room as a client that starts anew is told of it; undefined for who has not joined. */
  async freshRoom(roomId: string): Promise<JoinedRoom | undefined> {
    const filter = JSON.stringify({ room: { timeline: { unread_thread_notifications: true } } });
    const query = new URLSearchParams({ timeout: '0', filter });
    return asSync(await this.call('GET', `v3/sync?${query}`)).rooms?.join?.[roomId];
  }

  /** Syncs until `predicate` returns something for an answer. `what` is told when it never does. */
  async waitFor<T>(
    what: string,
    predicate: (answer: SyncAnswer) => T | undefined | false,
    timeoutMs = WAIT_LIMIT_MS,
  ): Promise<T> {
    const end = Date.now() + timeoutMs;
    do {
      const found = predicate(await this.sync(this.#since === undefined ? 0 : POLL_MS));
      if (found !== undefined && found !== false) return found;
    } while (Date.now() < end);
    throw new Error(`${this.userId} waited ${timeoutMs} ms for ${what}`);
  }

  /** The first timeline event of a room, of those seen or still to come, that meets `predicate`. */
  async waitForEvent(
    roomId: string,
    what: string,
    predicate: (event: ClientEvent) => boolean,
    timeoutMs = WAIT_LIMIT_MS,
  ): Promise<ClientEvent> {
    const find = () => this.timelines.get(roomId)?.find(predicate);
    return find() ?? (await this.waitFor(`${what} in ${roomId}`, find, timeoutMs));
  }

  waitForText(roomId: string, body: string, timeoutMs = WAIT_LIMIT_MS): Promise<ClientEvent> {
    return this.waitForEvent(roomId, `"${body}"`, ({ content }) => content['body'] === body, timeoutMs);
  }

  waitForInvitation(roomId: string, timeoutMs = WAIT_LIMIT_MS): Promise<JsonObject> {
    return this.waitFor(`an invitation to ${roomId}`, ({ rooms }) => rooms?.invite?.[roomId], timeoutMs);
  }

  // ── Profile, typing, receipts ───────────────────────────────────────────────────────────────────────

  profile(userId: string): Promise<JsonObject> {
    return this.call('GET', `v3/profile/${encodeURIComponent(userId)}`);
  }

  setDisplayName(displayname: string): Promise<JsonObject> {
    return this.call('PUT', `v3/profile/${encodeURIComponent(this.userId)}/displayname`, { displayname });
  }

  typing(roomId: string, isTyping: boolean): Promise<JsonObject> {
    const path = `${roomPath(roomId)}/typing/${encodeURIComponent(this.userId)}`;
    return this.call('PUT', path, { typing: isTyping, ...(isTyping ? { timeout: 10_000 } : {}) });
  }

  sendReceipt(roomId: string, eventId: string, type = 'm.read', threadId?: string): Promise<JsonObject> {
    const path = `${roomPath(roomId)}/receipt/${type}/${encodeURIComponent(eventId)}`;
    return this.call('POST', path, threadId ? { thread_id: threadId } : {});
  }

  // ── Media ───────────────────────────────────────────────────────────────────────────────────────────

  /** Returns the `mxc://` URI. */
  async upload(bytes: Uint8Array<ArrayBuffer>, contentType: string, filename: string): Promise<string> {
    const query = new URLSearchParams({ filename });
    const response = await this.#raw('POST', `/_matrix/media/v3/upload?${query}`, bytes, contentType);
    const answer: unknown = await response.json();
    return text(isObject(answer) ? answer : {}, 'content_uri');
  }

  async download(mxc: string): Promise<{ readonly bytes: Uint8Array; readonly contentType: string }> {
    const { host, pathname } = new URL(mxc);
    const response = await this.#raw('GET', `/_matrix/client/v1/media/download/${host}${pathname}`);
    const contentType = response.headers.get('content-type') ?? '';
    return { bytes: new Uint8Array(await response.arrayBuffer()), contentType };
  }

  async #raw(
    method: string,
    path: string,
    body?: Uint8Array<ArrayBuffer>,
    contentType?: string,
  ): Promise<Response> {
    const response = await fetch(`${this.baseUrl}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.token}`,
        ...(contentType === undefined ? {} : { 'content-type': contentType }),
      },
      ...(body === undefined ? {} : { body }),
      signal: AbortSignal.timeout(REQUEST_LIMIT_MS),
    });
    if (response.ok) return response;
    const answer: unknown = await response.json().catch(() => ({}));
    throw new MatrixRequestError(method, path, response.status, isObject(answer) ? answer : {});
  }

  #inRoom(roomId: string, action: string, body: JsonObject): Promise<JsonObject> {
    return this.call('POST', `${roomPath(roomId)}/${action}`, body);
  }
}

const roomPath = (roomId: string): string => `v3/rooms/${encodeURIComponent(roomId)}`;

const statePath = (roomId: string, type: string, stateKey: string): string =>
  `${roomPath(roomId)}/state/${encodeURIComponent(type)}/${encodeURIComponent(stateKey)}`;

const asEvent = (json: JsonObject): ClientEvent => ({
  ...json,
  event_id: text(json, 'event_id'),
  type: text(json, 'type'),
  sender: text(json, 'sender'),
  content: isObject(json['content']) ? json['content'] : {},
});

/** The server is the one under test or a reference: its answers are taken at their word. */
const asSync = (json: JsonObject): SyncAnswer => ({ ...json, next_batch: text(json, 'next_batch') });
