import type { UserId } from '@causeway/protocol';
import { describe, expect, it } from 'vitest';
import { exportAudit } from '../audit/read-audit.ts';
import { putRole } from '../permissions/roles.ts';
import {
  acceptInvitationLink,
  createInvitationLink,
  listInvitationLinks,
  readInvitationLink,
  withdrawInvitationLink,
} from '../registration/invitation-link.ts';
import { accountLinks } from '../tables.ts';
import { createTestWorkspace } from '../test-support/workspace.ts';
import { createAccount } from './create-account.ts';
import { deactivateAccount } from './deactivate-account.ts';
import { findByPassword } from './password.ts';
import { createPasswordLink, readPasswordLink, usePasswordLink } from './password-link.ts';
import { readPerson } from './people.ts';

const root = '@root:north.test' as UserId;
const by = { name: root };
const remoteAddress = '192.0.2.1';
const HOUR_MS = 60 * 60_000;

const setUp = async () => {
  const context = createTestWorkspace();
  await createAccount(context, { localpart: 'root', password: 'p', role: 'admin' });
  const ada = await createAccount(context, { localpart: 'ada', password: 'right horse', role: 'user' });
  const invite = (wish: object = {}) =>
    createInvitationLink(context, { role: 'user', uses: 1, hours: 24, ...wish }, by);
  const accept = (secret: string, localpart: string, password = 'long enough') =>
    acceptInvitationLink(context, { secret, localpart, password, remoteAddress });
  return { context, ada, invite, accept };
};

describe('invitation links', () => {
  it('make as many accounts as they are for, with their role, and then say that they were used', async () => {
    const { context, invite, accept } = await setUp();
    await putRole(context, { role: 'partner', basedOn: 0, rights: {}, by });
    const { secret } = await invite({ role: 'partner', uses: 2 });
    expect(await readPerson(context, await accept(secret, 'eve'))).toMatchObject({ role: 'partner' });
    await accept(secret, 'mallory');
    await expect(accept(secret, 'trudy')).rejects.toMatchObject({ errcode: 'CAUSEWAY_LINK_USED' });
    expect(await listInvitationLinks(context)).toMatchObject([{ state: 'used', uses: 2, used: 2 }]);
  });

  it('make one account when they are for one and two people send the page at once', async () => {
    const { invite, accept } = await setUp();
    const { secret } = await invite();
    const results = await Promise.allSettled([accept(secret, 'eve'), accept(secret, 'mallory')]);
    expect(results.map((result) => result.status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  it('are not used up by a name that is taken or a password that is too short', async () => {
    const { invite, accept } = await setUp();
    const { secret } = await invite();
    await expect(accept(secret, 'ada')).rejects.toMatchObject({ errcode: 'M_USER_IN_USE' });
    await expect(accept(secret, 'eve', 'nine long')).rejects.toMatchObject({ errcode: 'M_WEAK_PASSWORD' });
    await expect(accept(secret, 'E v e')).rejects.toMatchObject({ errcode: 'M_INVALID_USERNAME' });
    await expect(accept(secret, 'eve')).resolves.toBe('@eve:north.test');
  });

  it('end with their time, and when they are withdrawn, each in its own words', async () => {
    const { context, invite, accept } = await setUp();
    const [old, withdrawn] = [await invite({ hours: 1 }), await invite({ hours: 48 })];
    context.advance(HOUR_MS);
    await expect(accept(old.secret, 'eve')).rejects.toMatchObject({ errcode: 'CAUSEWAY_LINK_EXPIRED' });
    await withdrawInvitationLink(context, withdrawn.linkId, by);
    await expect(readInvitationLink(context, withdrawn.secret)).rejects.toMatchObject({
      errcode: 'CAUSEWAY_LINK_WITHDRAWN',
    });
    await expect(withdrawInvitationLink(context, withdrawn.linkId, by)).rejects.toMatchObject({
      message: 'This link has ended already.',
    });
    await expect(readInvitationLink(context, 'guess')).rejects.toMatchObject({ errcode: 'M_NOT_FOUND' });
  });

  it.each([{ role: 'admin' }, { role: 'fly' }, { uses: 0 }, { uses: 1e6 }, { hours: 0 }, { hours: 1e6 }])(
    'are not made with %j',
    async (wish) => {
      const { invite } = await setUp();
      await expect(invite(wish)).rejects.toMatchObject({ errcode: 'M_INVALID_PARAM' });
    },
  );

  it('keep their secret to themselves: it is in no table and not in the audit log', async () => {
    const { context, invite, accept } = await setUp();
    const { secret } = await invite({ note: 'for Eve' });
    await accept(secret, 'eve');
    const kept = [JSON.stringify(await context.store.read((reader) => reader.scan(accountLinks, {})))];
    for await (const entry of exportAudit(context.store, {})) kept.push(JSON.stringify(entry));
    expect(kept.join()).toContain('for Eve');
    expect(kept.join()).toContain('invitation-link.create');
    expect(kept.join()).not.toContain(secret);
  });

  it('are forgotten long after their end', async () => {
    const { context, invite } = await setUp();
    await invite();
    context.advance(100 * 24 * HOUR_MS);
    await invite();
    expect(await listInvitationLinks(context)).toHaveLength(1);
  });
});

describe('links for a new password', () => {
  it('set it once, and the old one goes on until then', async () => {
    const { context, ada } = await setUp();
    const { secret } = await createPasswordLink(context, ada, by);
    expect(await findByPassword(context, 'ada', 'right horse')).toBe(ada);
    expect(await readPasswordLink(context, secret)).toBe(ada);
    await usePasswordLink(context, { secret, password: 'another horse', remoteAddress });
    expect(await findByPassword(context, 'ada', 'another horse')).toBe(ada);
    expect(await findByPassword(context, 'ada', 'right horse')).toBeUndefined();
    await expect(
      usePasswordLink(context, { secret, password: 'third horse', remoteAddress }),
    ).rejects.toMatchObject({ errcode: 'CAUSEWAY_LINK_USED' });
  });

  it('end after a day, with a newer one, and with the account', async () => {
    const { context, ada } = await setUp();
    const first = await createPasswordLink(context, ada, by);
    const second = await createPasswordLink(context, ada, by);
    await expect(readPasswordLink(context, first.secret)).rejects.toMatchObject({
      errcode: 'CAUSEWAY_LINK_WITHDRAWN',
    });
    context.advance(24 * HOUR_MS);
    await expect(readPasswordLink(context, second.secret)).rejects.toMatchObject({
      errcode: 'CAUSEWAY_LINK_EXPIRED',
    });
    const third = await createPasswordLink(context, ada, by);
    await deactivateAccount(context, ada);
    await expect(readPasswordLink(context, third.secret)).rejects.toMatchObject({
      errcode: 'CAUSEWAY_LINK_WITHDRAWN',
    });
    await expect(createPasswordLink(context, ada, by)).rejects.toMatchObject({
      errcode: 'M_USER_DEACTIVATED',
    });
  });

  it('open nothing for an invitation, and the other way round', async () => {
    const { context, ada, invite } = await setUp();
    const password = await createPasswordLink(context, ada, by);
    const invitation = await invite();
    await expect(readInvitationLink(context, password.secret)).rejects.toMatchObject({
      errcode: 'M_NOT_FOUND',
    });
    await expect(readPasswordLink(context, invitation.secret)).rejects.toMatchObject({
      errcode: 'M_NOT_FOUND',
    });
  });
});
