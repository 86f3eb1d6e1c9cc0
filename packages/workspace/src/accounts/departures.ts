/**
 * Whoever's account has ended leaves their rooms, also when that takes longer than the request, or the process.
 * What is left to do stands in a table, which is looked at at the start and after every change.
 */
import { type Engine, eraseUser, leaveAllRooms } from '@causeway/homeserver';
import type { WorkspaceContext } from '../context.ts';
import { departures } from '../tables.ts';
import { userIdOf } from './account.ts';

export const followDepartures = (context: WorkspaceContext, engine: Engine): void => {
  let working = false;
  let asked = false;
  const work = async () => {
    asked = true;
    if (working) return;
    working = true;
    try {
      while (asked && !engine.signal.aborted) {
        asked = false;
        await departAll(context, engine);
      }
    } catch (error) {
      if (!engine.signal.aborted) engine.log.error('leaving rooms failed', error);
    } finally {
      working = false;
    }
  };
  context.changes.listen((change) => {
    if (change.kind === 'departure') void work();
  });
  void work();
};

const departAll = async (context: WorkspaceContext, engine: Engine): Promise<void> => {
  for (const row of await context.store.read((reader) => reader.scan(departures, {}))) {
    if (engine.signal.aborted) return;
    const key = { localpart: row.localpart };
    const userId = userIdOf(row.localpart, context.serverName);
    // An admin may have opened the account again.
    const goesOn = async () =>
      !engine.signal.aborted &&
      (await context.store.read((reader) => reader.get(departures, key))) !== undefined;
    if (row.erase === 1) await eraseUser(engine, userId);
    await leaveAllRooms(engine, { userId, nameless: row.erase === 1, goesOn });
    if (engine.signal.aborted) return;
    await context.store.transact(async (tx) => {
      const today = await tx.get(departures, key);
      // Erasing was asked for while the rooms were left.
      if (today?.since_ts === row.since_ts && today.erase === row.erase) await tx.delete(departures, key);
    });
  }
};
