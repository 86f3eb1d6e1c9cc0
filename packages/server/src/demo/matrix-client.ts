/** A small client of the client-server API: what the demo does, it does the way every client does. */

export type MatrixEvent = {
  readonly type: string;
  readonly event_id: string;
  readonly sender: string;
  readonly state_key?: string;
  readonly content: { readonly [name: string]: unknown };
  readonly unsigned?: { readonly [name: string]: unknown };
};

export type RoomView = {
  readonly membership: 'join' | 'invite' | 'leave';
  readonly timeline: readonly MatrixEvent[];
  readonly state: readonly MatrixEvent[];
  readonly typing: readonly string[];
  readonly unread: number;
  readonly highlights: number;
};

export class RequestRefused extends Error {
  override readonly name = 'RequestRefused';
  readonly status: number;
  readonly errcode: string;

  constructor(what: string, status: number, body: { readonly errcode?: string; readonly error?: string }) {
    super(`${what} was answered with ${status} ${body.errcode ?? ''}: ${body.error ?? ''}`);
    this.status = status;
    this.errcode = body.errcode ?? '';
  }
}

/** A server that takes longer than this in the demo has something wrong with it. */
const REQUEST_TIMEOUT_MS = 30_000;
const WAIT_MS = 15_000;
const SYNC_MS = 1_000;

export class MatrixClient {
  readonly userId: string;
  readonly #baseUrl: string;
  readonly #token: string;
  readonly #rooms = new Map<string, RoomView>();
  #since: string | undefined;
  #transactions = 0;

  private constructor(baseUrl: string, login: { readonly user_id: string; readonly access_token: string }) {
    this.#baseUrl = baseUrl;
    this.userId = login.user_id;
    this.#token = login.access_token;
  }

  static async signIn(baseUrl: string, user: string, password: string): Promise<MatrixClient> {
    const login = await send<{ user_id: string; access_token: string }>(baseUrl, {
      method: 'POST',
      path: '/_matrix/client/v3/login',
      body: { type: 'm.login.password', identifier: { type: 'm.id.user', user }, password },
    });
    return new MatrixClient(baseUrl, login);
  }

  request<T = unknown>(method: string, path: string, body?: unknown): Promise<T> {
    return send<T>(this.#baseUrl, { method, path: `/_matrix/client/${path}`, body, token: this.#token });
  }

  signOut(): Promise<unknown> {
    return this.request('POST', 'v3/logout', {});
  }

  async createRoom(options: object): Promise<string> {
    return (await this.request<{ room_id: string }>('POST', 'v3/createRoom', options)).room_id;
  }

  async join(room: string, via: readonly string[] = []): Promise<string> {
    const query = via.map((server) => `via=${encodeURIComponent(server)}`).join('&');
    return (
      await this.request<{ room_id: string }>('POST', `v3/join/${encodeURIComponent(room)}?${query}`, {})
    ).room_id;
  }

  /** `leave`, `invite`, `kick`, `ban` and `unban`. */
  membership(roomId: string, action: string, body: object = {}): Promise<unknown> {
    return this.request('POST', `v3/rooms/${encodeURIComponent(roomId)}/${action}`, body);
  }

  async send(roomId: string, type: string, content: object): Promise<string> {
    this.#transactions += 1;
    const path = `v3/rooms/${encodeURIComponent(roomId)}/send/${type}/demo-${process.pid}-${Date.now()}-${this.#transactions}`;
    return (await this.request<{ event_id: string }>('PUT', path, content)).event_id;
  }

  say(roomId: string, body: string): Promise<string> {
    return this.send(roomId, 'm.room.message', { msgtype: 'm.text', body });
  }

  async upload(bytes: Uint8Array, contentType: string): Promise<string> {
    const answer = await fetch(`${this.#baseUrl}/_matrix/media/v3/upload?filename=picture.png`, {
      method: 'POST',
      headers: { authorization: `Bearer ${this.#token}`, 'content-type': contentType },
      body: Uint8Array.from(bytes),
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    });
    return (await readAnswer<{ content_uri: string }>('upload', answer)).content_uri;
  }

  async download(mxc: string): Promise<Uint8Array> {
    const path = `/_matrix/client/v1/media/download/${mxc.slice('mxc://'.length)}`;
    const answer = await fetch(this.#baseUrl + path, {
      headers: { authorization: `Bearer ${this.#token}` },
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    });
    if (!answer.ok) await readAnswer(path, answer);
    return new Uint8Array(await answer.arrayBuffer());
  }

  room(roomId: string): RoomView | undefined {
    return this.#rooms.get(roomId);
  }

  /** Syncs until the room looks as wanted, and returns what `look` found. */
  async until<R>(what: string, roomId: string, look: (room: RoomView) => R | undefined | false): Promise<R> {
    const deadline = Date.now() + WAIT_MS;
    for (;;) {
      const room = this.#rooms.get(roomId);
      const found = room === undefined ? undefined : look(room);
      if (found !== undefined && found !== false) return found;
      if (Date.now() > deadline)
        throw new Error(`${this.userId} did not see ${what} within ${WAIT_MS / 1000} s`);
      await this.sync(SYNC_MS);
    }
  }

  /** Syncs until an event is there, and returns it. */
  untilEvent(what: string, roomId: string, matches: (event: MatrixEvent) => boolean): Promise<MatrixEvent> {
    return this.until(what, roomId, (room) => room.timeline.find(matches));
  }

  async sync(timeoutMs: number): Promise<void> {
    const since = this.#since === undefined ? '' : `&since=${encodeURIComponent(this.#since)}`;
    const answer = await this.request<SyncAnswer>('GET', `v3/sync?timeout=${timeoutMs}${since}`);
    this.#since = answer.next_batch;
    for (const membership of ['join', 'invite', 'leave'] as const) {
      for (const [roomId, update] of Object.entries(answer.rooms?.[membership] ?? {})) {
        this.#rooms.set(roomId, nextView(this.#rooms.get(roomId), membership, update));
      }
    }
  }
}

type Events = { readonly events?: readonly MatrixEvent[] };

type RoomUpdate = {
  readonly timeline?: Events;
  readonly state?: Events;
  readonly invite_state?: Events;
  readonly ephemeral?: Events;
  readonly unread_notifications?: { readonly notification_count?: number; readonly highlight_count?: number };
};

type SyncAnswer = {
  readonly next_batch: string;
  readonly rooms?: {
    readonly [membership in RoomView['membership']]?: { readonly [roomId: string]: RoomUpdate };
  };
};

const nextView = (
  before: RoomView | undefined,
  membership: RoomView['membership'],
  update: RoomUpdate,
): RoomView => {
  const typing = update.ephemeral?.events?.find((event) => event.type === 'm.typing')?.content.user_ids;
  return {
    membership,
    timeline: [...(before?.timeline ?? []), ...(update.timeline?.events ?? [])],
    state: [
      ...(before?.state ?? []),
      ...(update.state?.events ?? []),
      ...(update.invite_state?.events ?? []),
    ],
    typing: Array.isArray(typing) ? typing.map(String) : (before?.typing ?? []),
    unread: update.unread_notifications?.notification_count ?? before?.unread ?? 0,
    highlights: update.unread_notifications?.highlight_count ?? before?.highlights ?? 0,
  };
};

const send = async <T>(
  baseUrl: string,
  request: {
    readonly method: string;
    readonly path: string;
    readonly body?: unknown;
    readonly token?: string;
  },
): Promise<T> => {
  const answer = await fetch(baseUrl + request.path, {
    method: request.method,
    headers: {
      ...(request.token === undefined ? {} : { authorization: `Bearer ${request.token}` }),
      ...(request.body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
    signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
  });
  return readAnswer<T>(`${request.method} ${request.path.split('?')[0] ?? ''}`, answer);
};

const readAnswer = async <T>(what: string, answer: Response): Promise<T> => {
  const text = await answer.text();
  const body = parse(text);
  if (answer.ok) return body as T;
  throw new RequestRefused(
    what,
    answer.status,
    body as { readonly errcode?: string; readonly error?: string },
  );
};

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return { error: text.slice(0, 200) };
  }
};
