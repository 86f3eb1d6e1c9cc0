import type { PolicyQuestion } from '@causeway/homeserver';
import type { RoomId, ServerName, UserId } from '@causeway/protocol';
import { describe, expect, it } from 'vitest';
import { createAccount } from '../accounts/create-account.ts';
import { deactivateAccount } from '../accounts/deactivate-account.ts';
import { COMMAND_LINE } from '../audit/actor.ts';
import { changeSetting } from '../settings/change-setting.ts';
import { createTestWorkspace } from '../test-support/workspace.ts';
import { grantPermission, revokePermission, setRole } from './permissions.ts';
import { createPolicy } from './policy.ts';
import { permissionNames } from './rights.ts';
import { readStanding } from './standing.ts';

const roomId = '!room:south.test' as RoomId;
const sol = '@sol:south.test' as UserId;

const questionsOf = (user: UserId): readonly PolicyQuestion[] => [
  { kind: 'create-federated-room', user, invitees: [] },
  { kind: 'invite-outsider', user, invitee: sol, roomId },
  { kind: 'join-outside', user, roomId, here: false, servers: ['south.test' as ServerName] },
  { kind: 'receive-invitation', user, inviter: sol, roomId },
];

const setUp = async (serverName?: string) => {
  const context = createTestWorkspace(serverName);
  const add = (localpart: string, role: 'admin' | 'user') =>
    createAccount(context, { localpart, password: 'p', role });
  const [admin, user] = [await add('root', 'admin'), await add('ada', 'user')];
  const policy = createPolicy(context);
  const answers = async (who: UserId) =>
    (await Promise.all(questionsOf(who).map((question) => policy.ask(question)))).map(
      (answer) => answer.allowed,
    );
  return { context, policy, answers, admin, user };
};

const all = [true, true, true, true];
const none = [false, false, false, false];

describe('access-federation', () => {
  it('is held by admins and by nobody else until granted', async () => {
    const { context, answers, admin, user } = await setUp();
    expect(await answers(admin)).toEqual(all);
    expect(await answers(user)).toEqual(none);
    await grantPermission(context, user, 'access-federation');
    expect(await answers(user)).toEqual(all);
    expect(await readStanding(context, user)).toEqual({
      userId: user,
      role: 'user',
      permissions: [...permissionNames],
    });
    await revokePermission(context, user, 'access-federation');
    expect(await answers(user)).toEqual(none);
  });

  it('goes with the role of admin', async () => {
    const { context, answers, user } = await setUp();
    await setRole(context, user, 'admin');
    expect(await answers(user)).toEqual(all);
    await setRole(context, user, 'user');
    expect(await answers(user)).toEqual(none);
  });

  it('ends with the account', async () => {
    const { context, answers, admin, user } = await setUp();
    await setRole(context, user, 'admin');
    await deactivateAccount(context, admin);
    expect(await answers(admin)).toEqual(none);
    expect(await readStanding(context, admin)).toBeUndefined();
  });

  it('is not held by strangers, nor by somebody whose server name only ends like ours', async () => {
    const { answers } = await setUp();
    expect(await answers('@root:south.test' as UserId)).toEqual(none);
    expect(await answers('@root:x:north.test' as UserId)).toEqual(none);
    expect(await answers('@nobody:north.test' as UserId)).toEqual(none);
  });

  it('gives a reason that can be shown', async () => {
    const { policy, user } = await setUp();
    for (const question of questionsOf(user)) {
      const answer = await policy.ask(question);
      expect(answer.allowed ? '' : answer.reason).toMatch(/other organisations/);
    }
  });

  it('cannot be granted to somebody who does not exist', async () => {
    const { context } = await setUp();
    await expect(
      grantPermission(context, '@nobody:north.test' as UserId, 'access-federation'),
    ).rejects.toMatchObject({ errcode: 'M_NOT_FOUND' });
  });
});

it('takes ourselves for no other organisation, whatever list there is', async () => {
  const { context, policy } = await setUp();
  await changeSetting(context, {
    key: 'federation.rules',
    value: [{ domain: 'south.test', direction: 'both', effect: 'allow' }],
    basedOn: 0,
    by: COMMAND_LINE,
  });
  const ask = (server: ServerName) => policy.ask({ kind: 'exchange', server, direction: 'outbound' });
  expect(await ask('east.test' as ServerName)).toMatchObject({ allowed: false });
  expect(await ask('north.test' as ServerName)).toEqual({ allowed: true });
});

describe('a trial named localhost', () => {
  it('never federates, whoever asks', async () => {
    const { policy, answers, admin } = await setUp('localhost');
    expect(await answers(admin)).toEqual(none);
    for (const direction of ['inbound', 'outbound'] as const) {
      const server = 'south.test' as ServerName;
      expect(await policy.ask({ kind: 'exchange', server, direction })).toMatchObject({ allowed: false });
    }
  });

  it('is not a server named localhost with a port', async () => {
    const { answers, admin } = await setUp('localhost:8448');
    expect(await answers(admin)).toEqual(all);
  });
});
