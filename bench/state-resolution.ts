/**
 * State resolution by difference, in rooms of 10,000 and 50,000 members. Two branches fork from one event: on
 * one the topic changes and a member changes the name, on the other the room's name changes and that member is
 * kicked. Measured is the resolution of the two states, from their roots to the root of the resolved state with
 * its new nodes written, the commit not included. Warm: the server has just received the branches. Cold: the
 * server has just opened the database, and all of its caches are empty (those of the operating system are not).
 */
import { join } from 'node:path';
import { type Measure, median } from './figures.ts';
import { type Branches, type ForkedRoom, memberAt, openForkedRoom } from './forked-room.ts';
import type { PeerRoom } from './remote-peer.ts';
import type { OpenRow } from './row.ts';

const SMALL = 10_000;
const LARGE = 50_000;
const FORKS = 20;
const COLD_STARTS = 3;
const warm = (members: number): Measure => ({
  name: `state resolution, ${members.toLocaleString('en')} members, warm`,
  unit: 'ms',
  ratio: 'V',
  ...(members === SMALL ? { limit: { better: 'lower', text: '≤ 1 ms', target: () => 1 } } : {}),
});
const cold = (members: number): Measure => ({
  name: `state resolution, ${members.toLocaleString('en')} members, cold`,
  unit: 'ms',
  ratio: 'V',
  ...(members === SMALL ? { limit: { better: 'lower', text: '≤ 6 ms', target: () => 6 } } : {}),
});
const growth = (what: string): Measure => ({
  name: `50,000 members against 10,000, ${what}`,
  unit: '×',
  limit: { better: 'lower', text: '≤ 1.5 ×', target: () => 1.5 },
});

const measures = {
  warm: [warm(SMALL), warm(LARGE)],
  cold: [cold(SMALL), cold(LARGE)],
  growth: [growth('warm'), growth('cold')],
} as const;

export const openStateResolution: OpenRow = async ({ folder }) => {
  const small = await openForkedRoom(join(folder, 'small'), SMALL);
  const large = await openForkedRoom(join(folder, 'large'), LARGE);
  return {
    async measure() {
      const [smallWarm, largeWarm] = [await warmly(small), await warmly(large)];
      const [smallCold, largeCold] = [await coldly(small), await coldly(large)];
      return [
        { measure: measures.warm[0], value: smallWarm },
        { measure: measures.cold[0], value: smallCold },
        { measure: measures.warm[1], value: largeWarm },
        { measure: measures.cold[1], value: largeCold },
        { measure: measures.growth[0], value: largeWarm / smallWarm },
        { measure: measures.growth[1], value: largeCold / smallCold },
      ];
    },
    async [Symbol.asyncDispose]() {
      await small[Symbol.asyncDispose]();
      await large[Symbol.asyncDispose]();
    },
  };
};

let turn = 0;
const makeBranches = (room: PeerRoom): Branches => {
  const member = memberAt(room, ++turn);
  return {
    a: room.branch(() => [
      room.state('m.room.topic', { topic: `Turn ${turn}` }),
      room.member(member, { membership: 'join', displayname: `Member ${turn}` }),
    ]),
    b: room.branch(() => [room.state('m.room.name', { name: `Room ${turn}` }), room.kick(member)]),
  };
};

const warmly = async (room: ForkedRoom): Promise<number> => {
  const took: number[] = [];
  for (let i = 0; i < FORKS; i++) took.push(await room.resolve(await room.fork(makeBranches)));
  return median(took);
};

const coldly = async (room: ForkedRoom): Promise<number> => {
  const took: number[] = [];
  for (let i = 0; i < COLD_STARTS; i++) {
    const fork = await room.fork(makeBranches);
    await room.reopen();
    took.push(await room.resolve(fork));
  }
  return median(took);
};
