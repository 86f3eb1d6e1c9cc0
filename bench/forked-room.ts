/** A large room whose state forks: two branches of state events, made again for every measurement. */
import { mkdirSync } from 'node:fs';
import { roomById, type RoomRow } from '@causeway/homeserver';
import type { UserId } from '@causeway/protocol';
import { receiveOutlier } from '../packages/homeserver/src/rooms/receive-pdu.ts';
import { resolveStates } from '../packages/homeserver/src/rooms/resolve-state.ts';
import type { StateRoot } from '../packages/homeserver/src/rooms/state-map.ts';
import { openMeasuredServer, openRoom, receiveAll } from './measured-server.ts';
import { type MadeEvent, type PeerRoom, RemotePeer } from './remote-peer.ts';

export interface ForkedRoom extends AsyncDisposable {
  /** Makes two branches and stores the states after them. */
  fork(make: (room: PeerRoom) => Branches): Promise<Fork>;
  /** Resolves them, and takes the time until the resolved state is written, its commit not included. */
  resolve(fork: Fork): Promise<number>;
  /** Ends the server and opens its database again, with empty caches. */
  reopen(): Promise<void>;
}

export type Branches = { readonly a: readonly MadeEvent[]; readonly b: readonly MadeEvent[] };
type Fork = readonly [a: StateRoot, b: StateRoot];

/** Members who join in one go while the room is made. */
const JOINS_AT_ONCE = 2_000;

export const openForkedRoom = async (folder: string, members: number): Promise<ForkedRoom> => {
  mkdirSync(folder);
  const peer = new RemotePeer('peer.test');
  let server = await openMeasuredServer(folder, peer);
  const room = await openRoom(server.engine, peer, ['ada']);
  for (let made = 0; made < members; made += JOINS_AT_ONCE) {
    const joins = Array.from({ length: JOINS_AT_ONCE }, (_, index) => room.join(`member${made + index}`));
    await receiveAll(server.engine, room.roomId, joins);
  }
  const inTransaction = <R>(body: (tx: Transaction, row: RoomRow) => Promise<R>): Promise<R> =>
    server.engine.store.transact(async (tx) => {
      const row = await roomById(tx, room.roomId);
      if (row === undefined) throw new Error(`no room ${room.roomId}`);
      return body(tx, row);
    });
  const stateAfter = async (tx: Transaction, row: RoomRow, branch: readonly MadeEvent[]) => {
    const changes = new Map<number, number>();
    for (const event of branch) {
      const outcome = await receiveOutlier(server.engine, tx, row, event);
      if (outcome.kind === 'missing' || outcome.event.verdict !== 'accepted') {
        throw new Error(`${event.eventId} is not accepted`);
      }
      changes.set(outcome.event.stateKeyNid ?? 0, outcome.event.eventNid);
    }
    return server.engine.states.update(tx, row.room_nid, row.state_root, changes);
  };
  return {
    fork: (make) => {
      const { a, b } = make(room);
      return inTransaction(async (tx, row) => [await stateAfter(tx, row, a), await stateAfter(tx, row, b)]);
    },
    resolve: (fork) =>
      inTransaction(async (tx, row) => {
        const start = performance.now();
        await resolveStates(server.engine, tx, row, fork);
        return performance.now() - start;
      }),
    reopen: async () => {
      await server[Symbol.asyncDispose]();
      server = await openMeasuredServer(folder, peer);
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
};

type Transaction = Parameters<
  Parameters<Awaited<ReturnType<typeof openMeasuredServer>>['store']['transact']>[0]
>[0];

/** Members in turn: a fork of its own for each measurement. */
export const memberAt = (room: PeerRoom, index: number): UserId => {
  const member = room.members[index % room.members.length];
  if (member === undefined) throw new Error('the room has no members');
  return member;
};
