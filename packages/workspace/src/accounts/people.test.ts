import type { UserId } from '@causeway/protocol';
import { describe, expect, it } from 'vitest';
import { setEmail, setRole } from '../permissions/permissions.ts';
import { startSession } from '../sessions/session.ts';
import { signOut } from '../sessions/end-session.ts';
import { createTestWorkspace } from '../test-support/workspace.ts';
import { createAccount } from './create-account.ts';
import { deactivateAccount, reactivateAccount } from './deactivate-account.ts';
import { listPeople, readPerson } from './people.ts';

const by = { name: '@root:north.test' as UserId };

const setUp = async () => {
  const context = createTestWorkspace();
  const add = (localpart: string, role = 'user', displayName?: string) =>
    createAccount(context, { localpart, password: 'p', role, displayName });
  const root = await add('root', 'admin');
  const ada = await add('ada', 'user', 'Countess Lovelace');
  const bob = await add('bob', 'guest');
  return { context, root, ada, bob };
};

describe('people', () => {
  it('are listed by name, page by page', async () => {
    const { context } = await setUp();
    const first = await listPeople(context, { limit: 2 });
    expect(first).toMatchObject({ total: 3, after: 'bob' });
    expect(first.people.map(({ userId }) => userId)).toEqual(['@ada:north.test', '@bob:north.test']);
    const second = await listPeople(context, { limit: 2, after: 'bob' });
    expect(second.people.map(({ userId }) => userId)).toEqual(['@root:north.test']);
    expect(second.after).toBeUndefined();
  });

  it('are found by ID, name and address, and by role and state', async () => {
    const { context, ada, bob } = await setUp();
    await setEmail(context, bob, { address: 'Robert@Example.org', verified: false }, { by });
    await deactivateAccount(context, ada);
    const find = async (filter: object) =>
      (await listPeople(context, { ...filter, limit: 10 })).people.map(({ userId }) => userId);
    expect(await find({ search: 'BOB' })).toEqual([bob]);
    expect(await find({ search: 'robert@' })).toEqual([bob]);
    expect(await find({ role: 'guest' })).toEqual([bob]);
    expect(await find({ state: 'deactivated' })).toEqual([ada]);
    expect(await find({ search: 'nobody' })).toEqual([]);
  });

  it('were seen last when their last session was, also after it has ended', async () => {
    const { context, ada } = await setUp();
    expect((await readPerson(context, ada)).lastSeenTs).toBeUndefined();
    const { deviceId } = await startSession(context, { userId: ada, remoteAddress: '192.0.2.1' });
    const seen = context.clock.now();
    context.advance(1000);
    expect(await readPerson(context, ada)).toMatchObject({ lastSeenTs: seen, sessions: 1 });
    await signOut(context, ada, { device: deviceId }, by);
    expect(await readPerson(context, ada)).toMatchObject({ lastSeenTs: seen, sessions: 0 });
    await expect(signOut(context, ada, { device: deviceId }, by)).rejects.toMatchObject({
      message: 'This session has ended already.',
    });
  });
});

describe('changes of a person', () => {
  it('are refused when another admin was faster, with their name, and lose nothing', async () => {
    const { context, ada } = await setUp();
    const { version: basedOn } = await readPerson(context, ada);
    await setRole(context, ada, 'guest', { by, basedOn });
    const email = { address: 'ada@example.org', verified: true };
    await expect(setEmail(context, ada, email, { by, basedOn })).rejects.toMatchObject({
      errcode: 'M_CONFLICT',
      message: expect.stringContaining('@root:north.test changed @ada:north.test on 2023-11-14 at'),
    });
    const now = await readPerson(context, ada);
    expect(now).toMatchObject({ role: 'guest', version: basedOn + 1, changedBy: '@root:north.test' });
    expect(now.email).toBeUndefined();
    await setEmail(context, ada, email, { by, basedOn: now.version });
    expect(await readPerson(context, ada)).toMatchObject({ role: 'guest', email: 'ada@example.org' });
  });

  it('never leave a workspace without an admin, whoever makes them', async () => {
    const { context, root, ada } = await setUp();
    const only = { errcode: 'M_FORBIDDEN', message: expect.stringContaining('the only admin') };
    await expect(setRole(context, root, 'user')).rejects.toMatchObject(only);
    await expect(deactivateAccount(context, root)).rejects.toMatchObject(only);
    expect(await readPerson(context, root)).toMatchObject({ role: 'admin', state: 'active', version: 0 });
    await setRole(context, ada, 'admin');
    await deactivateAccount(context, root);
    await expect(setRole(context, ada, 'user')).rejects.toMatchObject(only);
  });
});

describe('an account that has ended', () => {
  it('opens again without password and permissions, unless it was erased', async () => {
    const { context, ada } = await setUp();
    await deactivateAccount(context, ada);
    await expect(deactivateAccount(context, ada)).rejects.toMatchObject({ errcode: 'M_USER_DEACTIVATED' });
    await expect(setRole(context, ada, 'admin')).rejects.toMatchObject({ errcode: 'M_USER_DEACTIVATED' });
    expect(await readPerson(context, ada)).toMatchObject({ state: 'deactivated', leaving: true });
    await reactivateAccount(context, ada, { by });
    expect(await readPerson(context, ada)).toMatchObject({
      ...{ state: 'active', leaving: false, signInMethods: [], permissions: [] },
      displayName: 'ada',
    });
    await expect(reactivateAccount(context, ada, { by })).rejects.toMatchObject({
      errcode: 'M_INVALID_PARAM',
    });
    await deactivateAccount(context, ada, { by, erase: true });
    await expect(reactivateAccount(context, ada, { by })).rejects.toMatchObject({ errcode: 'M_FORBIDDEN' });
  });

  it('is erased afterwards when that is wished, once', async () => {
    const { context, ada } = await setUp();
    await setEmail(context, ada, { address: 'ada@example.org', verified: true }, { by });
    await deactivateAccount(context, ada);
    expect(await readPerson(context, ada)).toMatchObject({ email: 'ada@example.org' });
    await deactivateAccount(context, ada, { by, erase: true });
    const erased = await readPerson(context, ada);
    expect(erased).toMatchObject({ state: 'erased' });
    expect(erased.email).toBeUndefined();
    await expect(deactivateAccount(context, ada, { by, erase: true })).rejects.toMatchObject({
      message: expect.stringContaining('erased already'),
    });
  });
});
