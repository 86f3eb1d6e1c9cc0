/** A person's device: the requests of the client-server API that the suite needs. */
import type { Workspace } from '../processes/workspace-process.ts';

/** Longer than anything here takes; a process that was killed breaks the connection at once. */
const REQUEST_LIMIT_MS = 20_000;

export type Answer =
  | { readonly kind: 'answered'; readonly status: number; readonly body: JsonBody }
  /** Nobody listened, or the connection broke before the whole answer came: it may or may not be done. */
  | { readonly kind: 'broken'; readonly reason: string };

export type JsonBody = { readonly [name: string]: unknown };

export type ClientEvent = {
  readonly type: string;
  readonly event_id: string;
  readonly sender: string;
  readonly state_key?: string;
  readonly content: { readonly [name: string]: unknown };
};

export class Client {
  readonly workspace: Workspace;
  readonly userId: string;
  readonly #token: string;

  private constructor(workspace: Workspace, userId: string, token: string) {
    this.workspace = workspace;
    this.userId = userId;
    this.#token = token;
  }

  static async register(workspace: Workspace, username: string): Promise<Client> {
    const body = { username, password: 'a password for tests', auth: { type: 'm.login.dummy' } };
    const answer = await send(workspace, { method: 'POST', path: 'client/v3/register', body });
    const { user_id, access_token } = ok(`registering ${username}`, answer);
    return new Client(workspace, String(user_id), String(access_token));
  }

  request(method: string, path: string, body?: object): Promise<Answer> {
    return send(this.workspace, {
      method,
      path: `client/${path}`,
      token: this.#token,
      ...(body === undefined ? {} : { body }),
    });
  }

  upload(bytes: Uint8Array<ArrayBuffer>): Promise<Answer> {
    return send(this.workspace, {
      method: 'POST',
      path: 'media/v3/upload',
      token: this.#token,
      body: bytes,
    });
  }

  /** For requests while nobody is killed: anything but 200 is a fault. */
  async ok(method: string, path: string, body?: object): Promise<JsonBody> {
    return ok(`${method} ${path}`, await this.request(method, path, body));
  }
}

export const roomPath = (roomId: string, rest: string) => `v3/rooms/${encodeURIComponent(roomId)}/${rest}`;

const ok = (what: string, answer: Answer): JsonBody => {
  if (answer.kind === 'broken') throw new Error(`${what}: ${answer.reason}`);
  if (answer.status === 200) return answer.body;
  throw new Error(`${what} was answered with ${answer.status} ${JSON.stringify(answer.body)}`);
};

type Outgoing = {
  readonly method: string;
  readonly path: string;
  /** An object goes as JSON, bytes as they are. */
  readonly body?: object;
  readonly token?: string;
};

const BYTES = 'application/octet-stream';
const isBytes = (body: object): body is Uint8Array<ArrayBuffer> => body instanceof Uint8Array;

const send = async (workspace: Workspace, { method, path, body, token }: Outgoing): Promise<Answer> => {
  try {
    const answer = await fetch(`${workspace.url}/_matrix/${path}`, {
      method,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': isBytes(body) ? BYTES : 'application/json' }),
      },
      ...(body === undefined ? {} : { body: isBytes(body) ? body : JSON.stringify(body) }),
      signal: AbortSignal.timeout(REQUEST_LIMIT_MS),
    });
    return { kind: 'answered', status: answer.status, body: (await answer.json()) as JsonBody };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const cause = error.cause instanceof Error ? `: ${error.cause.message}` : '';
    return { kind: 'broken', reason: `${error.message}${cause}` };
  }
};
