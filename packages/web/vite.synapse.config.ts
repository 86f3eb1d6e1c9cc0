/**
 * Development only: the web app in front of a Synapse, with the workspace API answered from memory.
 * Not part of the build. Settings: CAUSEWAY_DEV_SYNAPSE (address), CAUSEWAY_DEV_PORT, CAUSEWAY_DEV_STATE
 * (`setup` or `ready`), CAUSEWAY_DEV_NAME, CAUSEWAY_DEV_SERVER_NAME, CAUSEWAY_DEV_PERMISSIONS.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Connect, defineConfig, mergeConfig, type Plugin } from 'vite';
import base from './vite.config.ts';

const synapse = process.env.CAUSEWAY_DEV_SYNAPSE ?? 'http://127.0.0.1:18008';
const port = Number(process.env.CAUSEWAY_DEV_PORT ?? 18080);
const policy = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "font-src 'self'",
  "img-src 'self' blob:",
  "media-src 'self' blob:",
  "connect-src 'self'",
  "worker-src 'self'",
  "manifest-src 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'self'",
].join('; ');

const workspace = {
  state: process.env.CAUSEWAY_DEV_STATE ?? 'ready',
  name: process.env.CAUSEWAY_DEV_NAME ?? 'North',
  server_name: process.env.CAUSEWAY_DEV_SERVER_NAME ?? 'north.test',
  trial: process.env.CAUSEWAY_DEV_TRIAL === 'true',
  federation: process.env.CAUSEWAY_DEV_TRIAL !== 'true',
};
const permissions = (process.env.CAUSEWAY_DEV_PERMISSIONS ?? 'access-federation').split(',').filter(Boolean);

function reply(res: ServerResponse, status: number, body: unknown): void {
  res.writeHead(status, { 'content-type': 'application/json' });
  res.end(JSON.stringify(body));
}

async function readBody(req: IncomingMessage): Promise<Record<string, unknown>> {
  let text = '';
  for await (const chunk of req) text += String(chunk);
  return JSON.parse(text) as Record<string, unknown>;
}

const answer: Connect.NextHandleFunction = (req, res, next) => {
  const url = new URL(req.url ?? '/', 'http://localhost');
  if (!url.pathname.startsWith('/_causeway/')) return next();
  void route(url, req, res);
};

async function route(url: URL, req: IncomingMessage, res: ServerResponse): Promise<void> {
  if (url.pathname === '/_causeway/workspace') return reply(res, 200, workspace);
  if (url.pathname === '/_causeway/setup' && req.method === 'GET') {
    if (url.searchParams.get('token') !== 'dev')
      return reply(res, 403, { errcode: 'M_FORBIDDEN', error: 'This set-up link is not valid any more.' });
    return reply(res, 200, { valid: true, suggested_server_name: null, server_name_fixed: false });
  }
  if (url.pathname === '/_causeway/setup') {
    const body = await readBody(req);
    const serverName = typeof body.server_name === 'string' ? body.server_name : 'localhost';
    if (/\s/.test(serverName))
      return reply(res, 400, {
        errcode: 'M_INVALID_PARAM',
        error: 'A server name has no spaces.',
        field: 'server_name',
      });
    Object.assign(workspace, {
      state: 'ready',
      name: body.workspace_name,
      server_name: serverName,
      trial: serverName === 'localhost',
    });
    return reply(res, 200, { user_id: `@admin:${serverName}` });
  }
  if (url.pathname === '/_causeway/me') {
    const who = await fetch(`${synapse}/_matrix/client/v3/account/whoami`, {
      headers: { authorization: req.headers.authorization ?? '' },
    });
    const body = (await who.json()) as Record<string, unknown>;
    if (!who.ok) return reply(res, who.status, body);
    return reply(res, 200, { user_id: body.user_id, role: 'admin', permissions });
  }
  reply(res, 404, { errcode: 'M_UNRECOGNIZED', error: 'Unknown address.' });
}

const workspaceApi: Plugin = {
  name: 'workspace-api-from-memory',
  configureServer: (server) => void server.middlewares.use(answer),
  configurePreviewServer: (server) => void server.middlewares.use(answer),
};

const proxy = { '/_matrix': { target: synapse, changeOrigin: false } };

export default mergeConfig(
  base,
  defineConfig({
    plugins: [workspaceApi],
    server: { host: '127.0.0.1', port, strictPort: true, proxy },
    preview: {
      host: '127.0.0.1',
      port,
      strictPort: true,
      proxy,
      headers: { 'content-security-policy': policy },
    },
  }),
);
