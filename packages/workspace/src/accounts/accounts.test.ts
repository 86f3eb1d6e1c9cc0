import type { UserId } from '@causeway/protocol';
import { describe, expect, it } from 'vitest';
import { createRegistrationToken } from '../registration/registration-token.ts';
import { sessions } from '../tables.ts';
import { createTestWorkspace } from '../test-support/workspace.ts';
import { type AccountsOptions, createAccounts } from './accounts.ts';
import { readProfile } from './profile.ts';

const ada = '@ada:north.test' as UserId;
const remoteAddress = '192.0.2.1';

const setUp = async (options: Partial<AccountsOptions> = {}) => {
  const context = createTestWorkspace();
  const changed: UserId[] = [];
  const accounts = createAccounts(context, {
    registrationMode: 'open',
    registrationSharedSecret: undefined,
    limitLogins: true,
    profileChanged: async (userId) => void changed.push(userId),
    ...options,
  });
  const proof = { kind: 'shared-secret', admin: false } as const;
  await accounts.register({ localpart: 'ada', password: 'right horse', proof, remoteAddress });
  return { context, accounts, changed };
};

describe('signing in', () => {
  it('accepts the localpart, any case of it, and the full user ID', async () => {
    const { accounts } = await setUp();
    for (const user of ['ada', 'Ada', '@ada:north.test']) {
      const session = await accounts.login({ user, password: 'right horse', remoteAddress });
      expect(await accounts.authenticate(session.accessToken)).toMatchObject({
        userId: ada,
        deviceId: session.deviceId,
      });
    }
  });

  it('refuses a wrong password, an unknown user and a user of another server alike', async () => {
    const { accounts } = await setUp();
    for (const [user, password] of [
      ['ada', 'wrong'],
      ['nobody', 'right horse'],
      ['@ada:south.test', 'right horse'],
    ] as const) {
      await expect(accounts.login({ user, password, remoteAddress })).rejects.toMatchObject({
        errcode: 'M_FORBIDDEN',
        message: 'The user name or the password is wrong.',
      });
    }
  });

  it('hashes as much for an unknown user as for a known one', async () => {
    const { context } = await setUp();
    const verified: unknown[] = [];
    const { verify } = context.passwords;
    const counting = {
      ...context,
      passwords: {
        ...context.passwords,
        verify: (stored: string | null | undefined, password: string) => {
          verified.push(stored);
          return verify(stored, password);
        },
      },
    };
    const watched = createAccounts(counting, {
      registrationMode: 'open',
      registrationSharedSecret: undefined,
      limitLogins: false,
      profileChanged: async () => {},
    });
    await expect(watched.login({ user: 'nobody', password: 'x', remoteAddress })).rejects.toThrow();
    await expect(watched.login({ user: 'not a name', password: 'x', remoteAddress })).rejects.toThrow();
    expect(verified).toEqual([undefined, undefined]);
  });

  it('slows guessing down per address, without locking the person out elsewhere', async () => {
    const { context, accounts } = await setUp();
    const guess = (password: string, address: string) =>
      accounts.login({ user: 'ada', password, remoteAddress: address });
    for (let i = 0; i < 10; i++)
      await expect(guess('wrong', remoteAddress)).rejects.toMatchObject({ errcode: 'M_FORBIDDEN' });
    await expect(guess('right horse', remoteAddress)).rejects.toMatchObject({ errcode: 'M_LIMIT_EXCEEDED' });
    await expect(guess('right horse', '192.0.2.2')).resolves.toMatchObject({ userId: ada });
    context.advance(6 * 60_000);
    await expect(guess('right horse', remoteAddress)).resolves.toMatchObject({ userId: ada });
  });

  it('slows guessing down also for who is signed in, such as with a stolen token', async () => {
    const { context, accounts } = await setUp();
    const guess = (password: string, address: string) => accounts.checkPassword(ada, password, address);
    for (let i = 0; i < 10; i++) expect(await guess('wrong', remoteAddress)).toBe(false);
    await expect(guess('right horse', remoteAddress)).rejects.toMatchObject({ errcode: 'M_LIMIT_EXCEEDED' });
    const login = { user: 'ada', password: 'right horse', remoteAddress };
    await expect(accounts.login(login)).rejects.toMatchObject({ errcode: 'M_LIMIT_EXCEEDED' });
    expect(await guess('right horse', '192.0.2.2')).toBe(true);
    context.advance(6 * 60_000);
    expect(await guess('right horse', remoteAddress)).toBe(true);
  });

  it('keeps no access token, only its hash', async () => {
    const { context, accounts } = await setUp();
    const { accessToken } = await accounts.login({ user: 'ada', password: 'right horse', remoteAddress });
    const rows = await context.store.read((reader) => reader.scan(sessions, {}));
    expect(rows).toHaveLength(1);
    expect(rows[0]?.token_hash).toHaveLength(32);
    expect(JSON.stringify(rows)).not.toContain(accessToken);
  });

  it('ends the earlier token of a device that signs in again', async () => {
    const { accounts } = await setUp();
    const login = { user: 'ada', password: 'right horse', deviceId: 'LAPTOP', remoteAddress };
    const first = await accounts.login(login);
    expect(await accounts.authenticate(first.accessToken)).toBeDefined();
    const second = await accounts.login(login);
    expect(await accounts.authenticate(first.accessToken)).toBeUndefined();
    expect(await accounts.authenticate(second.accessToken)).toBeDefined();
    expect(await accounts.devices(ada)).toHaveLength(1);
  });
});

describe('signing out', () => {
  it('ends the session at once, also when it was just used', async () => {
    const { accounts } = await setUp();
    const session = await accounts.login({ user: 'ada', password: 'right horse', remoteAddress });
    await accounts.authenticate(session.accessToken);
    await accounts.logout(session);
    expect(await accounts.authenticate(session.accessToken)).toBeUndefined();
  });

  it('happens on all other devices when the password changes', async () => {
    const { accounts } = await setUp();
    const login = () => accounts.login({ user: 'ada', password: 'right horse', remoteAddress });
    const [here, there] = [await login(), await login()];
    await accounts.changePassword(here, { newPassword: 'new horse', logoutOthers: true });
    expect(await accounts.authenticate(here.accessToken)).toBeDefined();
    expect(await accounts.authenticate(there.accessToken)).toBeUndefined();
    await expect(login()).rejects.toMatchObject({ errcode: 'M_FORBIDDEN' });
    expect(await accounts.checkPassword(ada, 'new horse', remoteAddress)).toBe(true);
  });

  it('happens on deactivation, after which nobody signs in and the name stays taken', async () => {
    const { accounts } = await setUp();
    const session = await accounts.login({ user: 'ada', password: 'right horse', remoteAddress });
    await accounts.deactivate(session, { erase: true });
    expect(await accounts.authenticate(session.accessToken)).toBeUndefined();
    await expect(accounts.login({ user: 'ada', password: 'right horse', remoteAddress })).rejects.toThrow();
    await expect(accounts.checkUsernameAvailable('ada')).rejects.toMatchObject({ errcode: 'M_USER_IN_USE' });
  });
});

describe('registration', () => {
  const proof = { kind: 'none' } as const;

  it('is refused while closed, whatever the proof but the shared secret', async () => {
    const { accounts } = await setUp({ registrationMode: 'closed' });
    for (const given of [proof, { kind: 'token', token: 'x' } as const]) {
      await expect(
        accounts.register({ localpart: 'eve', password: 'p', proof: given, remoteAddress }),
      ).rejects.toMatchObject({ errcode: 'M_FORBIDDEN' });
    }
  });

  it('makes tokens that a command line takes for no option', async () => {
    const { context } = await setUp({ registrationMode: 'token' });
    for (let made = 0; made < 300; made++) {
      expect(await createRegistrationToken(context, {})).toMatch(/^[A-Za-z0-9]{16,}$/);
    }
  });

  it('by token uses the token up', async () => {
    const { context, accounts } = await setUp({ registrationMode: 'token' });
    const token = await createRegistrationToken(context, { uses: 1 });
    expect(await accounts.isRegistrationTokenValid(token)).toBe(true);
    const register = (localpart: string) =>
      accounts.register({ localpart, password: 'p', proof: { kind: 'token', token }, remoteAddress });
    await register('eve');
    await expect(register('mallory')).rejects.toMatchObject({ errcode: 'M_FORBIDDEN' });
    expect(await accounts.isRegistrationTokenValid(token)).toBe(false);
  });

  it('does not use a token up for a name that is taken', async () => {
    const { context, accounts } = await setUp({ registrationMode: 'token' });
    const token = await createRegistrationToken(context, { uses: 1 });
    await expect(
      accounts.register({ localpart: 'ada', password: 'p', proof: { kind: 'token', token }, remoteAddress }),
    ).rejects.toMatchObject({ errcode: 'M_USER_IN_USE' });
    expect(await accounts.isRegistrationTokenValid(token)).toBe(true);
  });

  it('by an expired token is refused', async () => {
    const { context, accounts } = await setUp({ registrationMode: 'token' });
    const token = await createRegistrationToken(context, { expiresTs: context.clock.now() + 1000 });
    context.advance(1000);
    expect(await accounts.isRegistrationTokenValid(token)).toBe(false);
  });

  it('makes one account when two people ask for one name at once', async () => {
    const { accounts } = await setUp();
    const register = () => accounts.register({ localpart: 'eve', password: 'p', proof, remoteAddress });
    const results = await Promise.allSettled([register(), register()]);
    expect(results.map((result) => result.status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  it.each(['Ada', 'a b', '', 'ä', 'x'.repeat(250)])('refuses the name %j', async (localpart) => {
    const { accounts } = await setUp();
    await expect(accounts.register({ localpart, password: 'p', proof, remoteAddress })).rejects.toMatchObject(
      {
        errcode: 'M_INVALID_USERNAME',
      },
    );
  });
});

describe('profiles and devices', () => {
  it('keeps fields, also one named __proto__, and tells the rooms', async () => {
    const { context, accounts, changed } = await setUp();
    await accounts.setProfileField(ada, 'displayname', 'Ada L.');
    await accounts.setProfileField(ada, '__proto__', 'data');
    expect(Object.entries((await readProfile(context, ada)) ?? {})).toEqual([
      ['displayname', 'Ada L.'],
      ['__proto__', 'data'],
    ]);
    await accounts.setProfileField(ada, 'displayname', undefined);
    expect(Object.keys((await readProfile(context, ada)) ?? {})).toEqual(['__proto__']);
    expect(changed).toEqual([ada, ada, ada]);
  });

  it('finds people by name', async () => {
    const { accounts } = await setUp();
    await accounts.setProfileField(ada, 'displayname', 'Countess Lovelace');
    expect(await accounts.searchUsers('LOVE', 10)).toEqual([
      { userId: ada, displayName: 'Countess Lovelace' },
    ]);
    expect(await accounts.searchUsers('zzz', 10)).toEqual([]);
  });

  it('renames and removes devices', async () => {
    const { accounts } = await setUp();
    const session = await accounts.login({
      user: 'ada',
      password: 'right horse',
      initialDeviceDisplayName: 'Laptop',
      remoteAddress,
    });
    await accounts.renameDevice(ada, session.deviceId, 'Old laptop');
    expect(await accounts.device(ada, session.deviceId)).toMatchObject({ displayName: 'Old laptop' });
    await accounts.deleteDevices(session, [session.deviceId, 'UNKNOWN']);
    expect(await accounts.devices(ada)).toEqual([]);
    expect(await accounts.authenticate(session.accessToken)).toBeUndefined();
    await expect(accounts.renameDevice(ada, 'UNKNOWN', 'x')).rejects.toMatchObject({
      errcode: 'M_NOT_FOUND',
    });
  });

  it('notes when a session was last used, once in a while', async () => {
    const { context, accounts } = await setUp();
    const session = await accounts.login({ user: 'ada', password: 'right horse', remoteAddress });
    const start = context.clock.now();
    context.advance(60_000);
    await accounts.authenticate(session.accessToken);
    expect(await accounts.device(ada, session.deviceId)).toMatchObject({ lastSeenTs: start });
    context.advance(10 * 60_000);
    await accounts.authenticate(session.accessToken);
    expect(await accounts.device(ada, session.deviceId)).toMatchObject({ lastSeenTs: start + 11 * 60_000 });
  });
});
