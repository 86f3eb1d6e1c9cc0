import { forbidden, MatrixError } from '@causeway/homeserver';
import type { ServerName, UserId } from '@causeway/protocol';
import { describe, expect, it } from 'vitest';
import { createHttpApp } from '../http-app.ts';
import type { WorkspaceApi } from './workspace-api.ts';
import { workspaceRoutes } from './workspace-routes.ts';

const userId = '@ada:north.test' as UserId;

const workspace: WorkspaceApi = {
  info: async () => ({ state: 'setup', name: '', serverName: '', trial: false, federation: false }),
  setupPage: async (token) =>
    token === 'right'
      ? { suggestedServerName: 'localhost', serverNameFixed: false }
      : token === 'old'
        ? 'expired'
        : 'wrong',
  completeSetup: async ({ token, admin }) => {
    if (token !== 'right') return { kind: 'refused', error: forbidden('no') };
    if (admin.password === 'x') {
      return { kind: 'refused', error: new MatrixError('M_WEAK_PASSWORD', 'longer', { field: 'password' }) };
    }
    return { kind: 'done', userId, serverName: 'north.test' as ServerName };
  },
  standing: async (token) =>
    token === 'ada' ? { userId, role: 'admin', permissions: ['access-federation'] } : undefined,
};

const log = { info: () => {}, warn: () => {}, error: () => {} };

const call = async (method: string, url: string, body?: unknown, token?: string) => {
  await using app = await createHttpApp({ routes: workspaceRoutes(workspace), log });
  const answer = await app.inject({
    method,
    url,
    ...(token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } }),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: answer.status, body: JSON.parse(Buffer.from(answer.bytes).toString()) as unknown };
};

describe('the workspace endpoints', () => {
  it('tell everybody the state of the workspace', async () => {
    expect(await call('GET', '/_causeway/workspace')).toEqual({
      status: 200,
      body: { state: 'setup', name: '', server_name: '', trial: false, federation: false },
    });
  });

  it('open the set-up page to the link only', async () => {
    expect(await call('GET', '/_causeway/setup?token=right')).toEqual({
      status: 200,
      body: { valid: true, suggested_server_name: 'localhost', server_name_fixed: false },
    });
    expect(await call('GET', '/_causeway/setup?token=wrong')).toMatchObject({
      status: 403,
      body: { errcode: 'M_FORBIDDEN' },
    });
    expect(await call('GET', '/_causeway/setup?token=old')).toMatchObject({
      status: 403,
      body: { errcode: 'CAUSEWAY_SETUP_LINK_EXPIRED' },
    });
    expect(await call('GET', '/_causeway/setup')).toMatchObject({ status: 403 });
  });

  it('take set-up and say which field is wrong', async () => {
    const setup = { token: 'right', workspace_name: 'North', admin: { username: 'ada', password: 'long' } };
    expect(await call('POST', '/_causeway/setup', setup)).toMatchObject({
      status: 200,
      body: { user_id: userId },
    });
    const weak = { ...setup, admin: { username: 'ada', password: 'x' } };
    expect(await call('POST', '/_causeway/setup', weak)).toEqual({
      status: 400,
      body: { errcode: 'M_WEAK_PASSWORD', error: 'longer', field: 'password' },
    });
    expect(await call('POST', '/_causeway/setup', { ...setup, token: 'wrong' })).toMatchObject({
      status: 403,
    });
  });

  it.each([{}, { token: 'right' }, { token: 1, workspace_name: 'x', admin: {} }, []])(
    'refuse the body %j',
    async (body) => {
      expect(await call('POST', '/_causeway/setup', body)).toMatchObject({
        status: 400,
        body: { errcode: 'M_BAD_JSON' },
      });
    },
  );

  it('tell a person what they may do, and nobody else', async () => {
    expect(await call('GET', '/_causeway/me', undefined, 'ada')).toEqual({
      status: 200,
      body: { user_id: userId, role: 'admin', permissions: ['access-federation'] },
    });
    expect(await call('GET', '/_causeway/me', undefined, 'eve')).toMatchObject({
      status: 401,
      body: { errcode: 'M_UNKNOWN_TOKEN' },
    });
    expect(await call('GET', '/_causeway/me')).toMatchObject({
      status: 401,
      body: { errcode: 'M_MISSING_TOKEN' },
    });
  });
});
