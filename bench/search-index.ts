/**
 * Search: the processor's time that keeping the index costs per 1,000 messages (milliseconds, so microseconds
 * per message), and what a search takes in a workspace of 20 rooms. Messages are 20 words, drawn as in natural
 * text: few of them often, of 20,000 words in all.
 */
import {
  createRoom,
  type Engine,
  parseSyncFilter,
  SEARCH_KEYS,
  search,
  sendEvent,
} from '@causeway/homeserver';
import type { RoomId } from '@causeway/protocol';
import { type Measure, quantile } from './figures.ts';
import { localUser, openMeasuredServer } from './measured-server.ts';
import type { Random } from './random.ts';
import { RemotePeer } from './remote-peer.ts';
import type { OpenRow } from './row.ts';

const ROOMS = 20;
/** A little less than one batch of the index, so that it is taken in when it is told to. */
const MESSAGES = 1_950;
const WORDS_PER_MESSAGE = 20;
const VOCABULARY = 20_000;
const SEARCHES = 50;

const perThousand: Measure = {
  name: 'search index, per 1,000 messages',
  unit: 'ms',
  limit: { better: 'lower', text: '≤ 60 ms', target: () => 60 },
};
const oneSearch: Measure = { name: 'search for two words in 20 rooms, p50', unit: 'ms' };

export const openSearchIndex: OpenRow = async ({ folder, random }) => {
  const server = await openMeasuredServer(folder, new RemotePeer('peer.test'));
  const { engine } = server;
  const rooms: RoomId[] = [];
  for (let count = 0; count < ROOMS; count++) rooms.push(await createRoom(engine, localUser('ada'), {}));
  const words = Array.from({ length: VOCABULARY }, () => wordOf(random));
  await engine.search.catchUp();
  return {
    async measure() {
      await sendMany(engine, random, rooms, words);
      const before = process.cpuUsage();
      await engine.search.catchUp();
      const { user, system } = process.cpuUsage(before);
      return [
        { measure: perThousand, value: (user + system) / MESSAGES },
        { measure: oneSearch, value: quantile(await searchMany(engine, random, words), 0.5) },
      ];
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
};

const wordOf = (random: Random): string =>
  Array.from({ length: 2 + random.below(8) }, () => String.fromCharCode(97 + random.below(26))).join('');

/** The first words of the vocabulary come up most. */
const pick = (random: Random, words: readonly string[]): string =>
  words[Math.floor(random.next() ** 4 * words.length)] ?? '';

const sendMany = async (
  engine: Engine,
  random: Random,
  rooms: readonly RoomId[],
  words: readonly string[],
): Promise<void> => {
  const sending = Array.from({ length: MESSAGES }, () => {
    const roomId = rooms[random.below(rooms.length)];
    if (roomId === undefined) throw new Error('there are no rooms');
    const body = Array.from({ length: WORDS_PER_MESSAGE }, () => pick(random, words)).join(' ');
    const content = { msgtype: 'm.text', body };
    return sendEvent(engine, { roomId, sender: localUser('ada'), type: 'm.room.message', content });
  });
  await Promise.all(sending);
};

/** How long each took, in milliseconds. */
const searchMany = async (
  engine: Engine,
  random: Random,
  words: readonly string[],
): Promise<readonly number[]> => {
  const took: number[] = [];
  for (let count = 0; count < SEARCHES; count++) {
    const start = performance.now();
    await search(engine, {
      userId: localUser('ada'),
      deviceId: 'BENCH',
      term: `${pick(random, words)} ${pick(random, words)}`,
      keys: SEARCH_KEYS,
      filter: parseSyncFilter({}).room.timeline,
      orderBy: 'recent',
      limit: 10,
      from: undefined,
      context: undefined,
      groupBy: [],
      includeState: false,
    });
    took.push(performance.now() - start);
  }
  return took;
};
