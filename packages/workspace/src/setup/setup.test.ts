import type { ServerName, UserId } from '@causeway/protocol';
import { describe, expect, it } from 'vitest';
import { createAccount } from '../accounts/create-account.ts';
import { findByPassword } from '../accounts/password.ts';
import { createTestWorkspace } from '../test-support/workspace.ts';
import { completeSetup, type SetupRequest } from './complete-setup.ts';
import { pinServerName, readSetupState } from './setup-state.ts';
import { issueSetupToken, judgeSetupToken } from './setup-token.ts';

const setUp = async () => {
  const context = createTestWorkspace();
  const token = await issueSetupToken(context.store, context.clock);
  const complete = (change: Partial<SetupRequest> = {}) =>
    completeSetup(context, {
      token,
      workspaceName: 'North',
      serverName: 'north.test',
      admin: { username: 'ada', password: 'long enough' },
      ...change,
    });
  return { context, token, complete };
};

describe('set-up', () => {
  it('names the workspace, fixes the server name and makes the first admin', async () => {
    const { context, complete } = await setUp();
    expect(await readSetupState(context.store)).toEqual({ ready: false, hasAdmin: false });
    expect(await complete()).toEqual({ kind: 'done', userId: '@ada:north.test', serverName: 'north.test' });
    expect(await readSetupState(context.store)).toEqual({
      serverName: 'north.test',
      workspaceName: 'North',
      ready: true,
      hasAdmin: true,
    });
    expect(await findByPassword(context, 'ada', 'long enough')).toBe('@ada:north.test' as UserId);
  });

  it('happens once, also when the page is sent twice at the same time', async () => {
    const { complete } = await setUp();
    const results = await Promise.all([
      complete(),
      complete({ admin: { username: 'eve', password: 'long enough' } }),
    ]);
    expect(results.map((result) => result.kind).sort()).toEqual(['done', 'refused']);
    expect(await complete()).toMatchObject({ kind: 'refused', error: { errcode: 'M_FORBIDDEN' } });
  });

  it.each<[string, Partial<SetupRequest>, object]>([
    ['a wrong token', { token: 'wrong' }, { fault: 'setup-link-wrong' }],
    ['no workspace name', { workspaceName: ' ' }, { field: 'workspace_name' }],
    ['no server name', { serverName: '' }, { field: 'server_name' }],
    ['an address', { serverName: 'https://north.test' }, { field: 'server_name' }],
    ['capital letters', { serverName: 'North.test' }, { field: 'server_name' }],
    ['a bad user name', { admin: { username: 'A b', password: 'long enough' } }, { field: 'username' }],
    ['a short password', { admin: { username: 'ada', password: 'nine long' } }, { field: 'password' }],
  ])('refuses %s and changes nothing', async (_what, change, expected) => {
    const { context, complete } = await setUp();
    expect(await complete(change)).toMatchObject({ kind: 'refused', error: { details: expected } });
    expect(await readSetupState(context.store)).toEqual({ ready: false, hasAdmin: false });
    expect(await complete()).toMatchObject({ kind: 'done' });
  });

  it('refuses a taken user name and changes nothing', async () => {
    const { context, complete } = await setUp();
    await pinServerName(context.store, 'north.test' as ServerName);
    await createAccount(context, { localpart: 'ada', password: 'p', role: 'user' });
    expect(await complete()).toMatchObject({
      kind: 'refused',
      error: { errcode: 'M_USER_IN_USE', details: { field: 'username', fault: 'user-name-taken' } },
    });
    expect(await readSetupState(context.store)).toMatchObject({ hasAdmin: false });
    expect((await readSetupState(context.store)).workspaceName).toBeUndefined();
  });

  it('without a server name makes a trial', async () => {
    const { complete } = await setUp();
    expect(await complete({ serverName: undefined })).toMatchObject({
      kind: 'done',
      serverName: 'localhost',
    });
  });

  it('keeps a server name that is fixed by configuration', async () => {
    const { context, complete } = await setUp();
    await pinServerName(context.store, 'fixed.test' as ServerName);
    expect(await complete()).toMatchObject({
      kind: 'refused',
      error: { details: { field: 'server_name', fault: 'server-name-fixed' } },
    });
    expect(await complete({ serverName: undefined })).toMatchObject({
      kind: 'done',
      serverName: 'fixed.test',
    });
  });

  it('never lets a server name change', async () => {
    const { context } = await setUp();
    expect(await pinServerName(context.store, 'one.test' as ServerName)).toEqual({ kind: 'pinned' });
    expect(await pinServerName(context.store, 'one.test' as ServerName)).toEqual({ kind: 'pinned' });
    expect(await pinServerName(context.store, 'two.test' as ServerName)).toEqual({
      kind: 'differs',
      serverName: 'one.test',
    });
  });
});

describe('the set-up token', () => {
  it('ends after a day, and when a new one is made', async () => {
    const { context, token } = await setUp();
    const judged = (given: string) =>
      context.store.read((reader) => judgeSetupToken(reader, given, context.clock.now()));
    expect(await judged(token)).toBe('right');
    const newer = await issueSetupToken(context.store, context.clock);
    expect(await judged(token)).toBe('wrong');
    expect(await judged(newer)).toBe('right');
    context.advance(25 * 60 * 60_000);
    expect(await judged(newer)).toBe('expired');
    expect(await judged(token)).toBe('wrong');
  });

  it('that is a day old says so, and changes nothing', async () => {
    const { context, complete } = await setUp();
    context.advance(25 * 60 * 60_000);
    expect(await complete()).toMatchObject({
      kind: 'refused',
      error: { errcode: 'CAUSEWAY_SETUP_LINK_EXPIRED', details: { fault: 'setup-link-expired' } },
    });
    expect(await readSetupState(context.store)).toEqual({ ready: false, hasAdmin: false });
  });
});
