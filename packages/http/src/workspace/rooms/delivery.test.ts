import { retryDestination } from '@causeway/homeserver';
import type { ServerName } from '@causeway/protocol';
import { list, roomPath, say, startOrganisations, until } from '@causeway/testing/organisations';
import { describe, expect, it } from 'vitest';

const delivery = (roomId: string, eventId: string) =>
  `/_causeway${roomPath(roomId)}/delivery?event_id=${encodeURIComponent(eventId)}`;

describe('the delivery of a message', () => {
  it('is counted by organisation, and names who is waited for and why', async () => {
    await using net = await startOrganisations();
    const { nora } = net;
    const roomId = await net.sharedRoom();
    const first = await say(nora, roomId, 'first');
    await until('the delivery', async () => {
      const status = await nora.ok('GET', delivery(roomId, first));
      return status.delivered === 1 ? status : undefined;
    });
    net.cut(true);
    const second = await say(nora, roomId, 'second');
    const waiting = await until('the failure', async () => {
      const status = await nora.ok('GET', delivery(roomId, second));
      return String(list(status.waiting)[0]?.reason).includes('no such server') ? status : undefined;
    });
    expect(waiting).toMatchObject({ organisations: 1, delivered: 0 });
    expect(list(waiting.waiting)[0]).toMatchObject({
      server_name: 'south.test',
      since_ts: expect.any(Number),
    });
    const { organisations } = await nora.ok('GET', `/_causeway${roomPath(roomId)}/organisations`);
    expect(list(organisations)).toEqual([
      {
        server_name: 'south.test',
        members: 1,
        reachable: false,
        waiting_since_ts: expect.any(Number),
        last_success_ts: expect.any(Number),
        reason: 'There is no such server.',
      },
    ]);
    net.cut(false);
    await retryDestination(net.north.engine, 'south.test' as ServerName);
    const done = await until('the delivery', async () => {
      const status = await nora.ok('GET', delivery(roomId, second));
      return status.delivered === 1 ? status : undefined;
    });
    expect(done).toEqual({ organisations: 1, delivered: 1, waiting: [] });
  });

  it('is of no organisation in a room of this one only, and told to members only', async () => {
    await using net = await startOrganisations();
    const { nora, north } = net;
    const { room_id } = await nora.ok('POST', '/createRoom', { creation_content: { 'm.federate': false } });
    const roomId = String(room_id);
    const eventId = await say(nora, roomId, 'here');
    expect(await nora.ok('GET', delivery(roomId, eventId))).toEqual({
      organisations: 0,
      delivered: 0,
      waiting: [],
    });
    const stranger = await net.person(north, 'nemo');
    expect((await stranger.call('GET', delivery(roomId, eventId))).status).toBe(403);
    expect((await stranger.call('GET', `/_causeway${roomPath(roomId)}/organisations`)).status).toBe(403);
    expect((await nora.call('GET', delivery(roomId, '$unknown'))).status).toBe(404);
    expect((await north.call('GET', delivery(roomId, eventId))).status).toBe(401);
  });
});
