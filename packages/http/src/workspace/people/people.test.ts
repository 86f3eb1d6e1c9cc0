import { startOrganisations } from '@causeway/testing/organisations';
import { describe, expect, it } from 'vitest';

const person = (userId: string) => `/_causeway/people/${encodeURIComponent(userId)}`;

describe('the check whether somebody exists', () => {
  it('tells of people here and elsewhere, in words', async () => {
    await using net = await startOrganisations();
    const { nora, sam } = net;
    await sam.ok('PUT', `/profile/${sam.userId}/displayname`, { displayname: 'Sam S.' });
    expect(await nora.ok('GET', person(sam.userId))).toEqual({
      status: 'exists',
      displayname: 'Sam S.',
      message: '@sam:south.test has an account on south.test.',
      fault: 'person-exists',
      parameters: { person: '@sam:south.test', server: 'south.test' },
    });
    expect(await nora.ok('GET', person('@nobody:south.test'))).toMatchObject({ status: 'not-found' });
    expect(await nora.ok('GET', person(nora.userId))).toMatchObject({ status: 'exists' });
    expect(await nora.ok('GET', person('@nobody:north.test'))).toMatchObject({ status: 'not-found' });
    expect((await nora.call('GET', person('nobody'))).status).toBe(400);
  });

  it('says when a server cannot be reached, although the person was seen before', async () => {
    await using net = await startOrganisations();
    await net.nora.ok('GET', person(net.sam.userId));
    net.cut(true);
    expect(await net.nora.ok('GET', person(net.sam.userId))).toMatchObject({
      status: 'unreachable',
      message: expect.stringContaining('south.test'),
    });
  });

  it('is not for people who may not invite outsiders', async () => {
    await using net = await startOrganisations();
    const lone = await net.north.person('lone');
    expect(await lone.ok('GET', person(net.sam.userId))).toMatchObject({
      status: 'not-allowed',
      message: expect.stringContaining('other organisations'),
    });
  });
});
