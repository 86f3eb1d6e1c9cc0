import { banUser, createRoom, destinations, joinRoom, sendEvent } from '@causeway/homeserver';
import { expect, it } from 'vitest';
import { eventually, TestNetwork } from './network.ts';
import { membership, northAndSouth, say, sharedRoom } from './north-and-south.ts';

const HOUR_MS = 3_600_000;

it('a worker of the outbox that hangs is seen, and one that waits for its next try is not', async () => {
  await using network = new TestNetwork();
  const north = await network.add('north.test');
  const south = await network.add('south.test');
  const ada = north.user('ada');
  const roomId = await createRoom(north.engine, ada, { preset: 'public_chat' });
  await joinRoom(south.engine, { userId: south.user('sol'), roomIdOrAlias: roomId, via: ['north.test'] });
  const say = (body: string) =>
    sendEvent(north.engine, {
      ...{ roomId, sender: ada, type: 'm.room.message' },
      content: { msgtype: 'm.text', body },
    });
  const inAnHour = () => north.engine.outbound.longestStep(Date.now() + HOUR_MS);
  await eventually('nothing is under way', async () => inAnHour() === 0);

  network.cut('south.test', true);
  await say('to nobody');
  await eventually('it failed', async () =>
    network.requests.some(({ path, status }) => path.includes('/send/') && status === 'failed'),
  );
  await eventually('it waits for its next try', async () => inAnHour() === 0);

  // A way out that never answers, whatever time limit it was given.
  const { promise, resolve } = Promise.withResolvers<void>();
  network.hold = promise;
  network.cut('south.test', false);
  await say('into the void');
  await eventually('a worker hangs', async () => inAnHour() >= HOUR_MS);
  resolve();
  await eventually('it goes on', async () => inAnHour() === 0);
});

it('what waits for a server whose last member was banned is delivered after a restart', async () => {
  const pair = await northAndSouth();
  await using network = pair.network;
  const roomId = await sharedRoom(pair);
  network.cut('south.test', true);
  await banUser(pair.north.engine, { roomId, sender: pair.ada, target: pair.sol });
  await pair.north.restart();
  network.cut('south.test', false);
  await eventually(
    'south knows of the ban',
    async () => (await membership(pair.south.engine, roomId, pair.sol)) === 'ban',
  );
});

it.each<[unknown, number]>([
  [90_000, 90_000],
  // Nobody makes us wait for hours.
  [10 * HOUR_MS, 600_000],
  [-1, 1_000],
  ['soon', 1_000],
])('a server that has had too much says %s, which is waited for', async (retry_after_ms, pause) => {
  const pair = await northAndSouth();
  await using network = pair.network;
  const { north } = pair;
  const roomId = await sharedRoom(pair);
  network.standIn = async ({ path }, from) =>
    from === 'north.test' && path.includes('/send/')
      ? { status: 429, body: { errcode: 'M_LIMIT_EXCEEDED', error: 'Too much.', retry_after_ms } }
      : undefined;
  const before = Date.now();
  await say(north, pair.ada, roomId, 'hello');
  const next = await eventually('its next try', () =>
    north.engine.store.read(async (reader) => {
      const server_nid = await north.engine.names.serverNid(reader, pair.south.engine.serverName);
      const row = server_nid === undefined ? undefined : await reader.get(destinations, { server_nid });
      return row !== undefined && row.failures > 0 && row.next_attempt_ts;
    }),
  );
  expect(next - before).toBeGreaterThanOrEqual(pause);
  expect(next - before).toBeLessThan(pause + 20_000);
});
