/**
 * Lists of other servers' people that are kept here because they share a room with us: queries about them need no
 * request.
 */
import { serverNameOf, type UserId } from '@causeway/protocol';
import type { Engine } from '../../engine.ts';
import { followedDeviceLists } from '../../store/schema.ts';
import type { StoreTx } from '../../store/store.ts';
import type { PersonKeys } from '../keys/people-keys.ts';
import { completeList, isComplete, stopFollowing } from './kept-list.ts';
import { sharedSince } from './shared-rooms.ts';

/** People looked at in one transaction: some milliseconds of work. */
const PEOPLE_AT_ONCE = 50;

/**
 * Keys of those of these people whose lists are complete here. The others' servers are to be asked; those who share a
 * room are followed from now on, and their lists fetched in the background.
 */
export const followedKeys = async (
  engine: Engine,
  userIds: readonly UserId[],
): Promise<ReadonlyMap<UserId, PersonKeys>> => {
  const found = new Map<UserId, PersonKeys>();
  for (let at = 0; at < userIds.length; at += PEOPLE_AT_ONCE) {
    const people = userIds.slice(at, at + PEOPLE_AT_ONCE);
    await engine.store.read(async (reader) => {
      for (const userId of people) {
        const keys = await completeList(engine, reader, userId);
        if (keys !== undefined) found.set(userId, keys);
      }
    });
    const others = people.filter((userId) => !found.has(userId));
    if (others.length > 0) await follow(engine, others);
  }
  return found;
};

const follow = async (engine: Engine, people: readonly UserId[]): Promise<void> => {
  const servers = await engine.store.transact(async (tx) => {
    const woken = new Set<number>();
    for (const userId of people) {
      const server = await followOne(engine, tx, userId);
      if (server !== undefined) woken.add(server);
    }
    return woken;
  });
  for (const serverNid of servers) engine.lists.wake(serverNid);
};

/** The server to fetch from; undefined for somebody who shares no room. */
const followOne = async (engine: Engine, tx: StoreTx, userId: UserId): Promise<number | undefined> => {
  const user_nid = await engine.names.userNid(tx, userId);
  const since = user_nid === undefined ? undefined : await sharedSince(engine, tx, user_nid);
  if (user_nid === undefined || since === undefined) return undefined;
  const known = await tx.get(followedDeviceLists, { user_nid });
  if (known?.stale === 1 || (known !== undefined && isComplete(known, since))) return known.server_nid;
  const server_nid = known?.server_nid ?? (await engine.names.internServer(tx, serverNameOf(userId)));
  const unknown = { user_nid, server_nid, stream_id: 0, as_of: 0, next_ts: 0, tries: 0 };
  await tx.put(followedDeviceLists, { ...unknown, ...known, stale: 1 });
  return server_nid;
};

/** Lists looked at in one commit. */
const PAGE = 100;

/** Those with whom nobody here shares a room any more are not followed any more. */
export const forgetUnshared = async (engine: Engine): Promise<void> => {
  for (let after = 0; !engine.signal.aborted; ) {
    const rows = await engine.store.read((reader) =>
      reader.scan(followedDeviceLists, { gt: after, limit: PAGE }),
    );
    const unshared: number[] = [];
    await engine.store.read(async (reader) => {
      for (const { user_nid } of rows) {
        if ((await sharedSince(engine, reader, user_nid)) === undefined) unshared.push(user_nid);
      }
    });
    if (unshared.length > 0) {
      await engine.store.transact(async (tx) => {
        for (const user_nid of unshared) {
          // They may share one again by now.
          if ((await sharedSince(engine, tx, user_nid)) === undefined) await stopFollowing(tx, user_nid);
        }
      });
    }
    if (rows.length < PAGE) return;
    after = rows.at(-1)?.user_nid ?? after;
  }
};
