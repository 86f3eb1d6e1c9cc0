/** Builds a homeserver from options and ports. */
import {
  DEFAULT_ROOM_VERSION,
  KNOWN_ROOM_VERSIONS,
  parseServerName,
  signingKeyFromSeed,
} from '@causeway/protocol';
import { LRUCache } from 'lru-cache';
import { forgetOldMessages } from './devices/messages/receive-to-device.ts';
import type { Engine, NewRooms } from './engine.ts';
import { ClaimBudget } from './devices/keys/claim-budget.ts';
import { tellingOfDevices } from './devices/lists/tell-of-devices.ts';
import { FollowedLists } from './devices/lists/followed-lists.ts';
import { forgetUnshared } from './devices/lists/follow-lists.ts';
import { createChangeCounter } from './ephemeral/change-counter.ts';
import { createPresenceBoard } from './ephemeral/presence-board.ts';
import { createTypingBoard } from './ephemeral/typing.ts';
import { catchingUp } from './federation/catch-up.ts';
import { cleanEduOutbox } from './federation/clean-edu-outbox.ts';
import { cleanOutbox } from './federation/clean-outbox.ts';
import { EduBudget } from './federation/edu-budget.ts';
import { forgetOldHours } from './federation/exchange-hours.ts';
import { guardedTransport } from './federation/guarded-transport.ts';
import { KeyRing } from './federation/keys/key-ring.ts';
import { OwnKeys, type WithKeyChange } from './federation/keys/own-keys.ts';
import { Outbound } from './federation/outbound.ts';
import { resumeStaged } from './federation/process-staged.ts';
import { forgetOldTransactions } from './federation/receive-transaction.ts';
import { IncompleteStates } from './federation/complete-states.ts';
import { Newcomers } from './federation/newcomers.ts';
import { RemoteJoins } from './federation/remote-joins.ts';
import { StagedRooms } from './federation/staged-rooms.ts';
import type { FederationTransport } from './federation/transport.ts';
import { tellingLeaves } from './federation/untold-leaves.ts';
import { WorkForServers } from './federation/work-for-servers.ts';
import { exchangingBoundInvites } from './invitations/bound-invites.ts';
import { invitationExpiry } from './invitations/invitation-expiry.ts';
import type { BlobStore } from './media/blob-store.ts';
import { fillInFiles } from './media/fill-in-files.ts';
import { noThumbnailer, type Thumbnailer } from './media/thumbnailer.ts';
import { createNotifier } from './notifier.ts';
import type { WithRemoval } from './purging/remove-room.ts';
import { upkeepOfRooms } from './purging/upkeep.ts';
import { type Clock, type Log, type Meter, noMeter, type Policy, type UserDirectory } from './ports.ts';
import { EventCache } from './rooms/event-cache.ts';
import { fillInSharedSince } from './rooms/fill-in-shared-since.ts';
import { ManyEnds } from './rooms/many-ends.ts';
import { Resolutions } from './rooms/resolutions.ts';
import { RoomQueue } from './rooms/room-queue.ts';
import { StateMaps } from './rooms/state-map.ts';
import { SearchIndex } from './search/search-index.ts';
import { createHierarchyCache } from './spaces/query-hierarchy.ts';
import { withCaches } from './store/caching-store.ts';
import { Names } from './store/names.ts';
import { erasedUsers } from './store/schema.ts';
import type { Store } from './store/store.ts';
import { createActivity } from './sync/activity.ts';
import { loadEpochs } from './sync/epochs.ts';
import { OwnSettings } from './users/own-settings.ts';
import { type Work, WokenWork } from './woken-work.ts';

/** What a homeserver is. Whoever has the seed of the signing key speaks for the server name. */
export type HomeserverOptions = {
  readonly serverName: string;
  readonly signingKey: {
    /** 32 random bytes. */
    readonly seed: Uint8Array;
    /** What follows `ed25519:` in the key's ID. */
    readonly version: string;
  };
  /** Told, in the same transaction, when the signing key is another than at the last start. */
  readonly signingKeyChanged?: WithKeyChange;
  /** Told, in the same transaction, when the removal of a room has ended. */
  readonly roomRemoved?: WithRemoval;
  /**
   * Asked at every use: servers that are believed about the keys of servers that do not answer, in this order. None
   * when not given.
   */
  readonly keyNotaries?: () => readonly string[];
  /** Room version of new rooms; when not given, 12 or the last of `roomVersions`. */
  readonly defaultRoomVersion?: string;
  /** Asked for every new room, in place of `defaultRoomVersion`: what it gets that does not say otherwise. */
  readonly newRooms?: () => NewRooms;
  /** The room versions to take part in, oldest first; all that are known when not given. */
  readonly roomVersions?: readonly string[];
  /** `false`: other servers may bring as many EDUs, and claim as many one-time keys, as they like, for tests. */
  readonly limitEdus?: boolean;
};

/** What a homeserver needs from its host. */
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
  readonly meter?: Meter;
};

/** A running homeserver; disposing ends its work and waits for it. The store stays open. */
export interface Homeserver extends AsyncDisposable {
  readonly engine: Engine;
}

/** Throws for a server name that is not valid, and a `SigningKeyRefusedError`. The federation work of an earlier run is taken up. */
export const createHomeserver = async (
  options: HomeserverOptions,
  ports: HomeserverPorts,
): Promise<Homeserver> => {
  const serverName = parseServerName(options.serverName);
  if (serverName === undefined) throw new Error(`${options.serverName} is not a valid server name`);
  const signingKey = signingKeyFromSeed(options.signingKey.seed, options.signingKey.version);
  const roomVersions = options.roomVersions ?? KNOWN_ROOM_VERSIONS;
  const clock = ports.clock ?? systemClock;
  const log = ports.log ?? silentLog;
  const meter = ports.meter ?? noMeter;
  const version = options.defaultRoomVersion ?? defaultVersionOf(roomVersions);
  const transport = guardedTransport(ports.transport, ports.policy);
  const ending = new AbortController();
  const names = new Names();
  const events = new EventCache();
  const states = new StateMaps();
  const ownSettings = new OwnSettings();
  const caches = [...names.caches, ...events.caches, ...states.caches, ...ownSettings.caches];
  const store = withCaches(ports.store, caches);
  const stream = await store.transact((tx) => tx.next('stream'));
  const erased = await store.read(async (reader) => {
    const known = new Map<string, number>();
    for (const { user_nid, stream } of await reader.scan(erasedUsers, {})) {
      known.set(await names.userId(reader, user_nid), stream);
    }
    return known;
  });
  const notifier = createNotifier(stream);
  const changes = createChangeCounter(clock);
  const ownKeys = await OwnKeys.open({ serverName, store, clock }, signingKey, options.signingKeyChanged);
  const notaries = options.keyNotaries ?? (() => []);
  const keys = new KeyRing({
    ...{ serverName, store, transport, clock, log, meter },
    own: ownKeys,
    notaries: () => notaries().flatMap((name) => parseServerName(name) ?? []),
  });
  const parts: Omit<
    Engine,
    | 'boundInvites'
    | 'catchUp'
    | 'expiries'
    | 'untoldDevices'
    | 'incomplete'
    | 'leaves'
    | 'lists'
    | 'manyEnds'
    | 'outbound'
    | 'search'
    | 'signingKey'
    | 'upkeep'
  > = {
    serverName,
    ownKeys,
    roomRemoved: options.roomRemoved ?? (async () => {}),
    newRooms: options.newRooms ?? (() => ({ version, historyVisibility: 'shared' })),
    roomVersions,
    store,
    blobs: ports.blobs,
    thumbnailer: ports.thumbnailer ?? noThumbnailer,
    transport,
    clock,
    directory: ports.directory,
    policy: ports.policy,
    log,
    meter,
    signal: ending.signal,
    names,
    events,
    states,
    joins: new RemoteJoins(),
    newcomers: new Newcomers(),
    roomQueue: new RoomQueue(),
    resolutions: new Resolutions(),
    staged: new StagedRooms(),
    historyQueue: new RoomQueue(),
    historyGaps: new LRUCache({ max: MAX_GAPS_KNOWN }),
    mediaQueue: new RoomQueue(),
    notifier,
    keys,
    hierarchies: createHierarchyCache(),
    typing: createTypingBoard(clock, notifier, changes),
    presence: createPresenceBoard(clock, changes),
    edus: options.limitEdus === false ? undefined : new EduBudget(clock),
    claims: options.limitEdus === false ? undefined : new ClaimBudget(clock),
    erased,
    activity: createActivity(stream),
    ownSettings,
    epochs: await loadEpochs(store),
  };
  const outbound = new Outbound(() => engine);
  const search = new SearchIndex(() => engine);
  const expiries = new WokenWork(() => engine, invitationExpiry);
  const untoldDevices = new WokenWork(() => engine, tellingOfDevices);
  const leaves = new WorkForServers(() => engine, tellingLeaves);
  const boundInvites = new WorkForServers(() => engine, exchangingBoundInvites);
  const catchUp = new WorkForServers(() => engine, catchingUp);
  const lists = new FollowedLists(() => engine);
  const incomplete = new IncompleteStates(() => engine);
  const manyEnds = new ManyEnds(() => engine);
  const upkeep = new WokenWork(() => engine, upkeepOfRooms);
  const housekeeping = new WokenWork(() => engine, keepingHouse);
  const engine: Engine = {
    ...{
      ...parts,
      catchUp,
      expiries,
      untoldDevices,
      incomplete,
      leaves,
      boundInvites,
      lists,
      manyEnds,
      outbound,
      search,
      upkeep,
    },
    get signingKey() {
      return ownKeys.current;
    },
  };
  await fillInSharedSince(engine);
  const filling = fillInFiles(engine).catch((error: unknown) => {
    if (!engine.signal.aborted) engine.log.error('files of old events not linked', error);
  });
  housekeeping.wake();
  await resumeStaged(engine);
  await outbound.resume();
  expiries.wake();
  untoldDevices.wake();
  leaves.wake();
  boundInvites.wake();
  catchUp.wake();
  await lists.resume();
  incomplete.wake();
  upkeep.wake();
  return {
    engine,
    [Symbol.asyncDispose]: async () => {
      ending.abort();
      await housekeeping[Symbol.asyncDispose]();
      await filling;
      await outbound[Symbol.asyncDispose]();
      await search[Symbol.asyncDispose]();
      await expiries[Symbol.asyncDispose]();
      await untoldDevices[Symbol.asyncDispose]();
      await leaves[Symbol.asyncDispose]();
      await boundInvites[Symbol.asyncDispose]();
      await catchUp[Symbol.asyncDispose]();
      await lists[Symbol.asyncDispose]();
      await incomplete[Symbol.asyncDispose]();
      await manyEnds[Symbol.asyncDispose]();
      await upkeep[Symbol.asyncDispose]();
      engine.staged[Symbol.dispose]();
      for (const queue of [engine.staged, engine.historyQueue, engine.roomQueue]) await queue.idle();
    },
  };
};

const defaultVersionOf = (versions: readonly string[]): string =>
  versions.includes(DEFAULT_ROOM_VERSION) ? DEFAULT_ROOM_VERSION : (versions.at(-1) ?? DEFAULT_ROOM_VERSION);

const MAX_GAPS_KNOWN = 10_000;

/** What has served its purpose is forgotten, at the start and from time to time. */
const HOUSEKEEPING_MS = 10 * 60_000;

const keepingHouse: Work<Engine> = {
  fault: 'housekeeping failed',
  run: async (engine) => {
    for (const forget of [
      forgetOldTransactions,
      cleanOutbox,
      cleanEduOutbox,
      forgetOldHours,
      forgetUnshared,
      forgetOldMessages,
    ]) {
      if (!engine.signal.aborted) await forget(engine);
    }
    return HOUSEKEEPING_MS;
  },
};

/** The time of this machine. Its timers do not keep the process alive. */
export const systemClock: Clock = {
  now: () => Date.now(),
  schedule: (ms, callback) => {
    const timer = setTimeout(callback, ms);
    timer.unref();
    return { [Symbol.dispose]: () => clearTimeout(timer) };
  },
};

const silentLog: Log = { info: () => {}, warn: () => {}, error: () => {} };
