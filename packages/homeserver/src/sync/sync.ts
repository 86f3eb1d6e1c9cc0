/**
 * The client's stream of everything new: answers at once when there is something, else waits.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#syncing
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { UserId } from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import { emptyInbox } from '../devices/messages/inbox.ts';
import { beginSync } from '../ephemeral/local-presence.ts';
import type { PresenceState } from '../ephemeral/presence-board.ts';
import type { Change } from '../notifier.ts';
import { hearingOf } from '../reading/hearing.ts';
import { ignoredUsers } from '../users/ignored-users.ts';
import { inviteBlocks } from '../users/invite-blocks.ts';
import type { SyncFilter } from './filter.ts';
import { type SyncPass, type SyncResponse, syncPass } from './sync-response.ts';
import { SnapshotAheadError } from './sync-scope.ts';
import type { SyncToken } from './sync-token.ts';

/** A client asks for what is new; without `since`, for everything. */
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
  /** Asked whenever something woke it; false ends the wait, for example when the session has ended meanwhile. */
  readonly goesOn?: () => Promise<boolean>;
};

/** Longest wait, whatever the client asks. */
const MAX_WAIT_MS = 120_000;
/** Passes tried while a commit that the snapshot shows is about to be published. */
const MAX_PASSES = 100;

/**
 * What is new for one device; waits at most `timeoutMs` for something. A token from before a backup was restored
 * is answered as if there were none.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#syncing
 */
export const sync = async (engine: Engine, request: SyncRequest): Promise<SyncResponse> => {
  const userNid = await internUser(engine, request.userId);
  const isVoid = request.since !== undefined && !engine.epochs.isOurs(request.since);
  const since = isVoid ? undefined : request.since;
  if (request.since !== undefined) {
    await emptyInbox(engine, { userNid, deviceId: request.deviceId }, engine.epochs.toDevice(request.since));
  }
  using _present = await beginSync(engine, request, request.setPresence);
  const timeoutMs = since === undefined || request.fullState ? 0 : Math.min(request.timeoutMs, MAX_WAIT_MS);
  const deadline = engine.clock.now() + timeoutMs;
  for (;;) {
    using wake = wakeUp(engine, { userNid, deviceId: request.deviceId }, request.signal);
    const pass = await consistentPass(engine, { ...request, since }, { userNid, startsAnew: isVoid });
    const remaining = deadline - engine.clock.now();
    if (!pass.isEmpty || remaining <= 0 || request.signal.aborted || engine.signal.aborted)
      return pass.response;
    await wake.within(remaining);
    if (request.signal.aborted || engine.signal.aborted) return pass.response;
    if ((await request.goesOn?.()) === false) return pass.response;
  }
};

const internUser = async (engine: Engine, userId: UserId): Promise<number> =>
  (await engine.store.read((reader) => engine.names.userNid(reader, userId))) ??
  engine.store.transact((tx) => engine.names.internUser(tx, userId));

type Who = { readonly userNid: number; readonly startsAnew: boolean };

const consistentPass = async (
  engine: Engine,
  request: SyncRequest,
  { userNid, startsAnew }: Who,
): Promise<SyncPass> => {
  for (let tries = 1; ; tries++) {
    // Taken before the snapshot opens: everything up to here is in it.
    const { stream } = engine.notifier;
    const now = {
      stream,
      toDevice: stream,
      typing: engine.typing.position,
      epoch: engine.epochs.current,
    };
    try {
      return await engine.store.read(async (reader) =>
        syncPass({
          engine,
          reader,
          viewer: {
            userId: request.userId,
            deviceId: request.deviceId,
            userNid,
            hearing: await hearingOf(engine, reader, request.userId),
          },
          filter: request.filter,
          since: request.since,
          startsAnew,
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

/** Waits for a change that concerns this user, or this device. It listens from the moment it is made. */
const wakeUp = (
  engine: Engine,
  { userNid, deviceId }: { readonly userNid: number; readonly deviceId: string },
  signal: AbortSignal,
) => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const concerns = ({ roomNids, userNids, devices }: Change): boolean => {
    if (userNids?.includes(userNid) === true) return true;
    if (devices?.some((device) => device.userNid === userNid && device.deviceId === deviceId)) return true;
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
