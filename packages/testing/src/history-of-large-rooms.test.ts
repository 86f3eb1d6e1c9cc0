/** What it costs to give other servers the history of a room of which they see only what was said while they were in it. */
import { createRoom, joinRoom } from '@causeway/homeserver';
import type { Pdu } from '@causeway/protocol';
import { describe, expect, it } from 'vitest';
import { joinAll, sayAll } from './fill-room.ts';
import { TestNetwork, type TestServer } from './network.ts';
import { say } from './north-and-south.ts';
import { signedRequest } from './signed-transaction.ts';
import { workRatio } from './work-ratio.ts';

const MESSAGES = 100;
const SMALL = 30;
const LARGE = 1_200;
/** By members it would be 40. */
const MOST_RATIO = 6;

/** How south asks for the newest messages of a room with so many members of north. */
const backfillOf = async (north: TestServer, south: TestServer, members: number) => {
  const ada = north.user('ada');
  const initial_state = [
    { type: 'm.room.history_visibility', state_key: '', content: { history_visibility: 'joined' } },
  ];
  const roomId = await createRoom(north.engine, ada, { preset: 'public_chat', initial_state });
  const people = Array.from({ length: members }, (_, index) => ({
    userId: north.user(`member${index}`),
    displayname: `member ${index}`,
  }));
  await joinAll(north.engine, roomId, people);
  await joinRoom(south.engine, { userId: south.user('sol'), roomIdOrAlias: roomId, via: ['north.test'] });
  const texts = Array.from({ length: MESSAGES - 1 }, (_, index) => `text ${index}`);
  await sayAll(north.engine, roomId, [ada], texts);
  const eventId = await say(north, ada, roomId, 'the last');
  const path = `/_matrix/federation/v1/backfill/${encodeURIComponent(roomId)}`;
  return `${path}?v=${encodeURIComponent(eventId)}&limit=${MESSAGES}`;
};

describe('history that a server sees for as long as it was in a room', () => {
  it('costs no more in a room of many', async () => {
    await using network = new TestNetwork();
    const north = await network.add('north.test');
    const south = await network.add('south.test');
    const backfill = (url: string) => async () => {
      const answer = await signedRequest(south, north, { method: 'GET', url });
      const { pdus }: { pdus: readonly Pdu[] } = JSON.parse(Buffer.from(answer.bytes).toString());
      expect(pdus.filter(({ content }) => 'body' in content)).toHaveLength(MESSAGES);
    };
    const small = await backfillOf(north, south, SMALL);
    const large = await backfillOf(north, south, LARGE);
    const ratio = await workRatio(backfill(small), backfill(large));
    expect(ratio).toBeLessThan(MOST_RATIO);
  });
});
