/**
 * The HTTP edge: one application for the client API, federation, the workspace and the web app, mounted in
 * any number of Node HTTP servers.
 */
import type { RequestListener } from 'node:http';
import { Readable } from 'node:stream';
import { type Log, MatrixError, StoreFullError } from '@causeway/homeserver';
import fastify, {
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type InjectOptions,
} from 'fastify';
import { errorAnswer, internalError, outOfSpace, unknownPath, wrongMethod } from './error-answer.ts';
import { Answer, DEFAULT_MAX_BODY_BYTES, HttpRequest, type HttpRoute, type Method } from './route.ts';
import type { WebApp } from './workspace/web-app.ts';

export type HttpAppOptions = {
  readonly routes: readonly HttpRoute[];
  readonly log: Log;
  /** Serves what is not an API; undefined: nothing. */
  readonly webApp?: WebApp;
  /** Addresses and networks whose `X-Forwarded-For` is believed. */
  readonly trustedProxies?: readonly string[];
};

export type InjectedAnswer = {
  readonly status: number;
  readonly headers: { readonly [name: string]: unknown };
  readonly bytes: Uint8Array;
};

export interface HttpApp extends AsyncDisposable {
  readonly handle: RequestListener;
  /** Answers a request without a network, for tests. */
  inject(request: {
    readonly method: string;
    readonly url: string;
    readonly headers?: { readonly [name: string]: string };
    readonly body?: string | Uint8Array;
  }): Promise<InjectedAnswer>;
}

/** Longest part of a path: an event ID, a state key or a filter, percent-encoded. */
const MAX_PARAM_LENGTH = 4096;

/** @see https://spec.matrix.org/v1.19/client-server-api/#web-browser-clients */
const corsHeaders = {
  'access-control-allow-origin': '*',
  'access-control-allow-methods': 'GET, HEAD, POST, PUT, DELETE, OPTIONS',
  'access-control-allow-headers': 'X-Requested-With, Content-Type, Authorization, Date',
  'access-control-expose-headers': 'Retry-After',
  'access-control-max-age': '86400',
} as const;

export const createHttpApp = async (options: HttpAppOptions): Promise<HttpApp> => {
  const app = fastify({
    logger: false,
    bodyLimit: DEFAULT_MAX_BODY_BYTES,
    trustProxy: options.trustedProxies === undefined ? false : [...options.trustedProxies],
    forceCloseConnections: false,
    routerOptions: { maxParamLength: MAX_PARAM_LENGTH, ignoreTrailingSlash: true },
    // A path that cannot be decoded names nothing.
    frameworkErrors: (_error, _request, reply) => void send(reply, unknownPath()),
  });
  app.addHook('onRequest', (request, reply, done) => {
    if (hasManyHosts(request)) done(manyHosts());
    else if (request.method === 'OPTIONS') reply.code(204).headers(headersFor(request.url)).send();
    else done();
  });
  app.setErrorHandler((error, _request, reply) => send(reply, answerTo(error, options.log)));
  app.setNotFoundHandler((request, reply) => {
    if (isApi(request.url) || options.webApp === undefined) return send(reply, unknownPath());
    reply.hijack();
    if (!options.webApp.serve(request.raw, reply.raw)) answerNotFound(reply);
  });
  readBodiesAsBytes(app);
  const streaming = options.routes.filter((route) => route.body === 'stream');
  for (const route of options.routes) if (route.body !== 'stream') addRoute(app, route);
  await app.register((scope, _options, done) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, payload, parsed) => parsed(null, payload));
    for (const route of streaming) addRoute(scope, route);
    done();
  });
  refuseOtherMethods(app, options.routes);
  await app.ready();
  return {
    handle: (request, response) => app.routing(request, response),
    async inject(request) {
      const injected: InjectOptions = {
        method: readMethod(request.method),
        url: request.url,
        ...(request.headers === undefined ? {} : { headers: { ...request.headers } }),
        ...(request.body === undefined
          ? {}
          : { payload: typeof request.body === 'string' ? request.body : Buffer.from(request.body) }),
      };
      const response = await app.inject(injected);
      return { status: response.statusCode, headers: response.headers, bytes: response.rawPayload };
    },
    [Symbol.asyncDispose]: () => app.close(),
  };
};

/** @see https://www.rfc-editor.org/rfc/rfc9112#section-3.2 */
const hasManyHosts = ({ raw }: FastifyRequest): boolean => {
  // An injected request has only the joined form.
  const distinct: NodeJS.Dict<string[]> | undefined = raw.headersDistinct;
  return (distinct?.host?.length ?? 1) > 1;
};

const manyHosts = () => new MatrixError('M_UNKNOWN', 'The request has more than one Host header.');

const methods = ['GET', 'HEAD', 'PUT', 'POST', 'DELETE', 'PATCH', 'OPTIONS'] as const;

const readMethod = (text: string) => methods.find((method) => method === text) ?? 'GET';

/** Clients send JSON under all kinds of content types, or none: it is the operation that reads it. */
const readBodiesAsBytes = (app: FastifyInstance): void => {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
};

const addRoute = (app: FastifyInstance, route: HttpRoute): void => {
  for (const url of route.paths) {
    app.route({
      method: route.method,
      url,
      ...(route.maxBodyBytes === undefined ? {} : { bodyLimit: route.maxBodyBytes }),
      ...(route.admit === undefined ? {} : { onRequest: admitting(route, route.admit) }),
      handler: async (request, reply) => {
        const result = await route.handle(httpRequest(request, reply));
        return send(reply, result instanceof Answer ? result : new Answer(200, result));
      },
    });
  }
};

type Admit = NonNullable<HttpRoute['admit']>;

const admitting =
  (route: HttpRoute, admit: Admit) => async (request: FastifyRequest, reply: FastifyReply) => {
    const over = admit({
      remoteAddress: request.ip,
      authorization: authorizationOf(request),
      bodyBytes: bodyBytesOf(request, route.maxBodyBytes ?? DEFAULT_MAX_BODY_BYTES),
    });
    reply.raw.once('close', over);
    if (reply.raw.destroyed) over();
  };

const bodyBytesOf = ({ headers }: FastifyRequest, most: number): number => {
  if (headers['transfer-encoding'] !== undefined) return most;
  // What is longer than the operation takes is refused by its length.
  return Math.min(Number(headers['content-length'] ?? 0), most);
};

const noBytes = new Uint8Array();

const httpRequest = (request: FastifyRequest, reply: FastifyReply): HttpRequest => {
  const gone = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) gone.abort();
  });
  return new HttpRequest({
    method: request.method,
    uri: request.url,
    headers: request.headers,
    authorization: authorizationOf(request),
    remoteAddress: request.ip,
    params: request.params as { readonly [name: string]: string | undefined },
    body: request.body instanceof Uint8Array ? request.body : noBytes,
    stream: request.body instanceof Readable ? request.body : request.raw,
    signal: gone.signal,
  });
};

/** A repeated header, each value by itself; an injected request has only the joined form. */
const authorizationOf = ({ raw }: FastifyRequest): readonly string[] => {
  const distinct: NodeJS.Dict<string[]> | undefined = raw.headersDistinct;
  const { authorization } = raw.headers;
  return distinct?.authorization ?? (authorization === undefined ? [] : [authorization]);
};

const send = (reply: FastifyReply, answer: Answer): FastifyReply => {
  const { body } = answer;
  reply.code(answer.status).headers({ ...headersFor(reply.request.url), ...answer.headers });
  if (body === undefined) return reply.send();
  if (body instanceof Uint8Array || body instanceof Readable) return reply.send(body);
  reply.header('content-type', 'application/json');
  return reply.send(JSON.stringify(body));
};

const answerTo = (error: unknown, log: Log): Answer => {
  if (error instanceof MatrixError) return errorAnswer(error);
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined;
  if (status === 413) {
    return errorAnswer(new MatrixError('M_TOO_LARGE', 'The request body is larger than this server takes.'));
  }
  if (typeof status === 'number' && status >= 400 && status < 500) {
    return errorAnswer(new MatrixError('M_UNKNOWN', 'The request is malformed.'));
  }
  log.error('http.internal-error', error);
  return error instanceof StoreFullError ? outOfSpace() : internalError();
};

/** An address that exists for another method is 405, where the router alone would say 404. */
const refuseOtherMethods = (app: FastifyInstance, routes: readonly HttpRoute[]): void => {
  const taken = new Map<string, { readonly url: string; readonly methods: Set<string> }>();
  for (const route of routes) {
    for (const url of route.paths) {
      const shape = url.replaceAll(/:[^/]+/g, ':').replace(/\/$/, '');
      const entry = taken.get(shape) ?? { url, methods: new Set<string>() };
      entry.methods.add(route.method);
      taken.set(shape, entry);
    }
  }
  const all: readonly Method[] = ['GET', 'PUT', 'POST', 'DELETE'];
  for (const { url, methods: used } of taken.values()) {
    const method = [...all.filter((one) => !used.has(one)), 'PATCH'];
    app.route({ method, url, handler: async (_request, reply) => send(reply, wrongMethod()) });
  }
};

/** Matrix is for pages of any origin; what is ours is for our own pages. */
const headersFor = (url: string): { readonly [name: string]: string } =>
  /^\/(?:_matrix|_synapse|\.well-known\/matrix)\//.test(url) ? corsHeaders : {};

const isApi = (url: string): boolean => /^\/(?:_|\.well-known\/matrix(?:\/|$))/.test(url);

const answerNotFound = (reply: FastifyReply): void => {
  const { body } = unknownPath();
  reply.raw.writeHead(404, { 'content-type': 'application/json' }).end(JSON.stringify(body));
};
