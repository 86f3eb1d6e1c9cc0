/**
 * A fork with 1,000 conflicted events: on one branch 500 members change their names, on the other the same 500
 * are kicked. The whole algorithm runs over them: auth difference, conflicted subgraph, power ordering,
 * iterative auth checks with all rules, mainline ordering. Then the same with 4,000, which should take four
 * times as long.
 */
import { join } from 'node:path';
import { type Measure, median } from './figures.ts';
import { type Branches, memberAt, openForkedRoom } from './forked-room.ts';
import type { PeerRoom } from './remote-peer.ts';
import type { OpenRow } from './row.ts';

const MEMBERS = 2_000;
const FEW = 1_000;
const MANY = 4_000;
const FORKS = 3;

const few: Measure = {
  name: '1,000 conflicted events, all rules',
  unit: 'ms',
  ratio: 'V',
  limit: { better: 'lower', text: '≤ 10 ms', target: () => 10 },
};
const growth: Measure = {
  name: '4,000 conflicted events against 1,000',
  unit: '×',
  limit: { better: 'lower', text: 'linear (4 ×, with 25 % for noise)', target: () => 5 },
};

export const openConflictedEvents: OpenRow = async ({ folder }) => {
  const room = await openForkedRoom(join(folder, 'room'), MEMBERS);
  let turn = 0;
  const take = async (conflicted: number): Promise<number> => {
    const took: number[] = [];
    for (let i = 0; i < FORKS; i++) {
      turn++;
      took.push(await room.resolve(await room.fork((peer) => makeBranches(peer, conflicted, turn))));
    }
    return median(took);
  };
  await take(FEW);
  return {
    async measure() {
      const [one, four] = [await take(FEW), await take(MANY)];
      return [
        { measure: few, value: one },
        { measure: growth, value: four / one },
      ];
    },
    [Symbol.asyncDispose]: () => room[Symbol.asyncDispose](),
  };
};

const makeBranches = (room: PeerRoom, conflicted: number, turn: number): Branches => {
  const members = Array.from({ length: conflicted / 2 }, (_, index) => memberAt(room, index));
  return {
    a: room.branch(() =>
      members.map((member) => room.member(member, { membership: 'join', displayname: `Turn ${turn}` })),
    ),
    b: room.branch(() => members.map((member) => room.kick(member))),
  };
};
