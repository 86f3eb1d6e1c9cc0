/** Operations of the client-server API: who asks, and with what. */
import { type Engine, invalidParam, MatrixError } from '@causeway/homeserver';
import { type JsonObject, parseRoomId, parseUserId, type RoomId, type UserId } from '@causeway/protocol';
import type { HttpRequest, HttpRoute, Method } from '../route.ts';
import type { Accounts, Requester } from './accounts.ts';
import { type RepeatedRequests, readKey } from './repeated-requests.ts';
import type { Reports } from './reports.ts';

export type ClientSettings = {
  /** Where clients reach this server, without a slash at the end; for `.well-known/matrix/client`. */
  readonly publicUrl: string | undefined;
  /** `host:port` for `.well-known/matrix/server`; undefined: other servers use the default. */
  readonly federationAddress: string | undefined;
  /** Asked for every file: admins can change it at any time. */
  readonly media: () => MediaLimits;
  /** Asked before every operation, by its kind; refuses with M_LIMIT_EXCEEDED. Undefined: no limits. */
  readonly limit?: (who: string, kind: LimitKind) => Promise<void>;
};

/** What limits are set for. */
export type LimitKind = 'read' | 'write' | 'login';

export type MediaLimits = {
  /** Largest file in bytes, of our people and of other servers. */
  readonly maxBytes: number;
  /** Kinds that are not taken: `image/svg+xml`, or `video/*` for all of them. */
  readonly refusedTypes: readonly string[];
};

export type ModerationNote = {
  readonly requester: Requester;
  /** Verb: `kick`. */
  readonly action: string;
  readonly roomId: string;
  /** Whom or what it was done to, and why. */
  readonly details: JsonObject;
};

export type ClientContext = {
  readonly engine: Engine;
  readonly accounts: Accounts;
  readonly settings: ClientSettings;
  /** Where reports to the admins go. */
  readonly reports: Reports;
  /** Takes down what somebody did to others or to the rules of a room. */
  readonly noteModeration: (call: ModerationNote) => Promise<void>;
  /** What clients asked for and may ask again. */
  readonly repeated: RepeatedRequests;
};

/** A call without a person. */
export type OpenCall = ClientContext & { readonly request: HttpRequest };

export type Call = OpenCall & {
  readonly requester: Requester;
  /** The requester as the engine's readers want it. */
  readonly userId: UserId;
  readonly deviceId: string;
};

/** Not yet bound to an engine. */
export type ClientRoute = Omit<HttpRoute, 'handle'> & {
  readonly handle: (context: ClientContext) => HttpRoute['handle'];
};

/** Paths of version 3, and of r0, which deployed clients still use. */
export const v3 = (path: string): readonly string[] => [
  `/_matrix/client/v3${path}`,
  `/_matrix/client/r0${path}`,
];

export const v1 = (path: string): readonly string[] => [`/_matrix/client/v1${path}`];

const KEY_HEADER = 'idempotency-key';

type Options = Pick<HttpRoute, 'body' | 'maxBodyBytes'>;

/** An operation that needs an access token. */
export const route = (
  method: Method,
  paths: readonly string[],
  handle: (call: Call) => Promise<object>,
  options: Options = {},
): ClientRoute => ({
  method,
  paths,
  ...options,
  handle: (context) => async (request) => {
    const requester = {
      ...(await authenticate(context.accounts, request)),
      remoteAddress: request.remoteAddress,
    };
    await context.settings.limit?.(requester.userId, method === 'GET' ? 'read' : 'write');
    const { userId, deviceId } = requester;
    const work = () => handle({ ...context, request, requester, userId, deviceId });
    const key =
      method === 'GET' || options.body === 'stream' ? undefined : readKey(request.header(KEY_HEADER));
    if (key === undefined) return work();
    return context.repeated.once(JSON.stringify([userId, deviceId, method, request.uri, key]), work);
  },
});

/** An operation that anybody may ask for. */
export const openRoute = (
  method: Method,
  paths: readonly string[],
  handle: (call: OpenCall) => Promise<object>,
  options: Options = {},
): ClientRoute => ({
  method,
  paths,
  ...options,
  handle: (context) => async (request) => handle({ ...context, request }),
});

/** @see https://spec.matrix.org/v1.19/client-server-api/#using-access-tokens */
export const accessTokenOf = (request: HttpRequest): string | undefined => {
  const header = request.header('authorization');
  const bearer = header === undefined ? undefined : /^Bearer +(\S+) *$/i.exec(header)?.[1];
  return bearer ?? request.query.get('access_token') ?? undefined;
};

export const authenticate = async (accounts: Accounts, request: HttpRequest): Promise<Requester> => {
  const token = accessTokenOf(request);
  if (token === undefined) throw new MatrixError('M_MISSING_TOKEN', 'This request needs an access token.');
  const requester = await accounts.authenticate(token);
  if (requester === undefined) {
    throw new MatrixError('M_UNKNOWN_TOKEN', 'This access token is not valid, or no longer.', {
      soft_logout: false,
    });
  }
  return requester;
};

export const roomIdOf = (request: HttpRequest): RoomId => readRoomId(request.param('roomId'));

export const readRoomId = (text: string): RoomId => {
  const roomId = parseRoomId(text);
  if (roomId === undefined) throw invalidParam(`"${text.slice(0, 255)}" is not a room ID.`);
  return roomId;
};

export const userIdOf = (request: HttpRequest): UserId => readUserId(request.param('userId'));

export const readUserId = (text: string): UserId => {
  const userId = parseUserId(text);
  if (userId === undefined) throw invalidParam(`"${text.slice(0, 255)}" is not a user ID.`);
  return userId;
};

/** @throws M_FORBIDDEN unless the path names the requester */
export const requireSelf = ({ request, userId }: Call): UserId => {
  if (request.param('userId') !== userId) {
    throw new MatrixError('M_FORBIDDEN', 'You can do this only for yourself.');
  }
  return userId;
};
