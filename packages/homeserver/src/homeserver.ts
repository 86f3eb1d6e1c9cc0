/** Builds a homeserver from options and ports. */
import { DEFAULT_ROOM_VERSION, parseServerName, signingKeyFromSeed } from '@causeway/protocol';
import type { Engine } from './engine.ts';
import { createChangeCounter } from './ephemeral/change-counter.ts';
import { createPresenceBoard } from './ephemeral/presence-board.ts';
import { createTypingBoard } from './ephemeral/typing.ts';
import { cleanOutbox } from './federation/clean-outbox.ts';
import { KeyRing } from './federation/key-ring.ts';
import { Outbound } from './federation/outbound.ts';
import { resumeStaged } from './federation/process-staged.ts';
import { forgetOldTransactions } from './federation/receive-transaction.ts';
import type { FederationTransport } from './federation/transport.ts';
import { InvitationExpiry } from './invitations/invitation-expiry.ts';
import type { BlobStore } from './media/blob-store.ts';
import { noThumbnailer, type Thumbnailer } from './media/thumbnailer.ts';
import { createNotifier } from './notifier.ts';
import type { Clock, Log, Policy, UserDirectory } from './ports.ts';
import { EventCache } from './rooms/event-cache.ts';
import { RoomQueue } from './rooms/room-queue.ts';
import { StateMaps } from './rooms/state-map.ts';
import { SearchIndex } from './search/search-index.ts';
import { createHierarchyCache } from './spaces/query-hierarchy.ts';
import { withCaches } from './store/caching-store.ts';
import { Names } from './store/names.ts';
import type { Store } from './store/store.ts';
import { createActivity } from './sync/activity.ts';

export type HomeserverOptions = {
  readonly serverName: string;
  readonly signingKey: {
    /** 32 random bytes. */
    readonly seed: Uint8Array;
    /** What follows `ed25519:` in the key's ID. */
    readonly version: string;
  };
  /** Room version of new rooms; 12 when not given. */
  readonly defaultRoomVersion?: string;
};

export type HomeserverPorts = {
  /** Opened with `engineTables`, and closed by whoever opened it. */
  readonly store: Store;
  readonly blobs: BlobStore;
  /** None when not given: originals are served then. */
  readonly thumbnailer?: Thumbnailer;
  readonly transport: FederationTransport;
  readonly directory: UserDirectory;
  readonly policy: Policy;
  readonly clock?: Clock;
  readonly log?: Log;
};

export interface Homeserver extends AsyncDisposable {
  readonly engine: Engine;
}

/** Throws for a server name that is not valid. The federation work of an earlier run is taken up. */
export const createHomeserver = async (
  options: HomeserverOptions,
  ports: HomeserverPorts,
): Promise<Homeserver> => {
  const serverName = parseServerName(options.serverName);
  if (serverName === undefined) throw new Error(`${options.serverName} is not a valid server name`);
  const signingKey = signingKeyFromSeed(options.signingKey.seed, options.signingKey.version);
  const clock = ports.clock ?? systemClock;
  const log = ports.log ?? silentLog;
  const ending = new AbortController();
  const names = new Names();
  const events = new EventCache();
  const states = new StateMaps();
  const store = withCaches(ports.store, [...names.caches, ...events.caches, ...states.caches]);
  const stream = await store.transact((tx) => tx.next('stream'));
  const notifier = createNotifier(stream);
  const changes = createChangeCounter(clock);
  const keys = new KeyRing({
    store,
    transport: ports.transport,
    clock,
    log,
    own: { serverName, keyId: signingKey.keyId, publicKey: signingKey.publicKey },
  });
  const parts: Omit<Engine, 'expiries' | 'outbound' | 'search'> = {
    serverName,
    signingKey,
    defaultRoomVersion: options.defaultRoomVersion ?? DEFAULT_ROOM_VERSION,
    store,
    blobs: ports.blobs,
    thumbnailer: ports.thumbnailer ?? noThumbnailer,
    transport: ports.transport,
    clock,
    directory: ports.directory,
    policy: ports.policy,
    log,
    signal: ending.signal,
    names,
    events,
    states,
    joining: new Map(),
    roomQueue: new RoomQueue(),
    stagedQueue: new RoomQueue(),
    historyQueue: new RoomQueue(),
    mediaQueue: new RoomQueue(),
    notifier,
    keys,
    hierarchies: createHierarchyCache(),
    typing: createTypingBoard(clock, notifier, changes),
    presence: createPresenceBoard(clock, changes),
    activity: createActivity(stream),
  };
  const outbound = new Outbound(() => engine);
  const search = new SearchIndex(() => engine);
  const expiries = new InvitationExpiry(() => engine);
  const engine: Engine = { ...parts, expiries, outbound, search };
  const housekeeping = keepHouse(engine);
  await resumeStaged(engine);
  await outbound.resume();
  expiries.wake();
  return {
    engine,
    [Symbol.asyncDispose]: async () => {
      ending.abort();
      housekeeping[Symbol.dispose]();
      await outbound[Symbol.asyncDispose]();
      await search[Symbol.asyncDispose]();
      await expiries[Symbol.asyncDispose]();
      for (const queue of [engine.stagedQueue, engine.historyQueue, engine.roomQueue]) await queue.idle();
    },
  };
};

/** What has served its purpose is forgotten, at the start and from time to time. */
const HOUSEKEEPING_MS = 10 * 60_000;

const keepHouse = (engine: Engine): Disposable => {
  let next: Disposable | undefined;
  const work = async () => {
    await forgetOldTransactions(engine);
    await cleanOutbox(engine);
    if (!engine.signal.aborted) next = engine.clock.schedule(HOUSEKEEPING_MS, start);
  };
  const start = () =>
    void work().catch((error: unknown) => {
      if (!engine.signal.aborted) engine.log.error('housekeeping failed', error);
    });
  start();
  return { [Symbol.dispose]: () => next?.[Symbol.dispose]() };
};

export const systemClock: Clock = {
  now: () => Date.now(),
  schedule: (ms, callback) => {
    const timer = setTimeout(callback, ms);
    timer.unref();
    return { [Symbol.dispose]: () => clearTimeout(timer) };
  },
};

const silentLog: Log = { info: () => {}, warn: () => {}, error: () => {} };
