/**
 * The client's stream of everything new: answers at once when there is something, else waits.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#syncing
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { UserId } from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import { beginSync } from '../ephemeral/local-presence.ts';
import type { PresenceState } from '../ephemeral/presence-board.ts';
import type { Change } from '../notifier.ts';
import { ignoredUsers } from '../users/ignored-users.ts';
import { inviteBlocks } from '../users/invite-blocks.ts';
import type { SyncFilter } from './filter.ts';
import { type SyncPass, type SyncResponse, syncPass } from './sync-response.ts';
import { SnapshotAheadError } from './sync-scope.ts';
import type { SyncToken } from './sync-token.ts';

export type SyncRequest = {
  readonly userId: UserId;
  readonly deviceId: string;
  readonly filter: SyncFilter;
  readonly since: SyncToken | undefined;
  readonly fullState: boolean;
  readonly stateAfter: boolean;
  readonly timeoutMs: number;
  /** What the client says of its person; undefined: nothing but that it is there. */
  readonly setPresence?: PresenceState | undefined;
  /** Aborted when the client is gone. */
  readonly signal: AbortSignal;
};

/** Longest wait, whatever the client asks. */
const MAX_WAIT_MS = 120_000;
/** Passes tried while a commit that the snapshot shows is about to be published. */
const MAX_PASSES = 100;

export const sync = async (engine: Engine, request: SyncRequest): Promise<SyncResponse> => {
  const userNid = await internUser(engine, request.userId);
  using _present = await beginSync(engine, request, request.setPresence);
  const timeoutMs =
    request.since === undefined || request.fullState ? 0 : Math.min(request.timeoutMs, MAX_WAIT_MS);
  const deadline = engine.clock.now() + timeoutMs;
  for (;;) {
    using wake = wakeUp(engine, userNid, request.signal);
    const pass = await consistentPass(engine, request, userNid);
    const remaining = deadline - engine.clock.now();
    if (!pass.isEmpty || remaining <= 0 || request.signal.aborted || engine.signal.aborted)
      return pass.response;
    await wake.within(remaining);
    if (request.signal.aborted || engine.signal.aborted) return pass.response;
  }
};

const internUser = async (engine: Engine, userId: UserId): Promise<number> =>
  (await engine.store.read((reader) => engine.names.userNid(reader, userId))) ??
  engine.store.transact((tx) => engine.names.internUser(tx, userId));

const consistentPass = async (engine: Engine, request: SyncRequest, userNid: number): Promise<SyncPass> => {
  for (let tries = 1; ; tries++) {
    // Taken before the snapshot opens: everything up to here is in it.
    const now = { stream: engine.notifier.stream, typing: engine.typing.position };
    try {
      return await engine.store.read(async (reader) =>
        syncPass({
          engine,
          reader,
          viewer: { userId: request.userId, deviceId: request.deviceId, userNid },
          filter: request.filter,
          since: request.since,
          now,
          fullState: request.fullState,
          ignored: await ignoredUsers(engine, reader, request.userId, userNid),
          blocks: await inviteBlocks(engine, reader, request.userId, userNid),
          acceptsAhead: tries === MAX_PASSES,
          stateAfter: request.stateAfter,
        }),
      );
    } catch (error) {
      if (!(error instanceof SnapshotAheadError)) throw error;
      await nextTurn();
    }
  }
};

/** Waits for a change that concerns this user. It listens from the moment it is made. */
const wakeUp = (engine: Engine, userNid: number, signal: AbortSignal) => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const concerns = ({ roomNids, userNids }: Change): boolean => {
    if (userNids?.includes(userNid) === true) return true;
    const rooms = engine.activity.userRooms.get(userNid)?.rooms;
    return roomNids?.some((roomNid) => rooms === undefined || rooms.has(roomNid)) ?? false;
  };
  const listening = engine.notifier.subscribe((change) => {
    if (concerns(change)) resolve();
  });
  const stop = () => resolve();
  signal.addEventListener('abort', stop, { once: true });
  engine.signal.addEventListener('abort', stop, { once: true });
  return {
    async within(ms: number): Promise<void> {
      using _timer = engine.clock.schedule(ms, resolve);
      await promise;
    },
    [Symbol.dispose]() {
      listening[Symbol.dispose]();
      signal.removeEventListener('abort', stop);
      engine.signal.removeEventListener('abort', stop);
    },
  };
};
