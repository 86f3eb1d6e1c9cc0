/** The parts that every operation of the engine works with. One `Engine` per homeserver, no module state. */
import type { EventId, HistoryVisibility, ServerName, SigningKey, UserId } from '@causeway/protocol';
import type { LRUCache } from 'lru-cache';
import type { ClaimBudget } from './devices/keys/claim-budget.ts';
import type { FollowedLists } from './devices/lists/followed-lists.ts';
import type { PresenceBoard } from './ephemeral/presence-board.ts';
import type { TypingBoard } from './ephemeral/typing.ts';
import type { Unreachable } from './federation/backfill-room.ts';
import type { EduBudget } from './federation/edu-budget.ts';
import type { KeyRing } from './federation/keys/key-ring.ts';
import type { OwnKeys } from './federation/keys/own-keys.ts';
import type { Outbound } from './federation/outbound.ts';
import type { IncompleteStates } from './federation/complete-states.ts';
import type { Newcomers } from './federation/newcomers.ts';
import type { RemoteJoins } from './federation/remote-joins.ts';
import type { StagedRooms } from './federation/staged-rooms.ts';
import type { FederationTransport } from './federation/transport.ts';
import type { WorkForServers } from './federation/work-for-servers.ts';
import type { BlobStore } from './media/blob-store.ts';
import type { Thumbnailer } from './media/thumbnailer.ts';
import type { Notifier } from './notifier.ts';
import type { Clock, Log, Meter, Policy, UserDirectory } from './ports.ts';
import type { WithRemoval } from './purging/remove-room.ts';
import type { EventCache } from './rooms/event-cache.ts';
import type { ManyEnds } from './rooms/many-ends.ts';
import type { Resolutions } from './rooms/resolutions.ts';
import type { RoomQueue } from './rooms/room-queue.ts';
import type { StateMaps } from './rooms/state-map.ts';
import type { SearchIndex } from './search/search-index.ts';
import type { HierarchyCache } from './spaces/query-hierarchy.ts';
import type { Names } from './store/names.ts';
import type { Store } from './store/store.ts';
import type { Activity } from './sync/activity.ts';
import type { Epochs } from './sync/epochs.ts';
import type { WokenWork } from './woken-work.ts';
import type { OwnSettings } from './users/own-settings.ts';

/** What a new room gets that says nothing else: its version, such as `12`, and who may read its history. */
export type NewRooms = { readonly version: string; readonly historyVisibility: HistoryVisibility };

/**
 * What every part of a running homeserver shares: its name, its keys, the ports of the host and the state that
 * lives in memory. Two of them in one process know nothing of each other.
 */
export type Engine = {
  readonly serverName: ServerName;
  /** The key in use; it changes while the homeserver runs, so it is asked for at every use. */
  readonly signingKey: SigningKey;
  readonly ownKeys: OwnKeys;
  /** Notes the end of a room's removal. */
  readonly roomRemoved: WithRemoval;
  /** What a new room gets that does not say otherwise. */
  readonly newRooms: () => NewRooms;
  /** The room versions that this server takes part in. */
  readonly roomVersions: readonly string[];
  readonly store: Store;
  readonly blobs: BlobStore;
  readonly thumbnailer: Thumbnailer;
  readonly transport: FederationTransport;
  readonly clock: Clock;
  readonly directory: UserDirectory;
  readonly policy: Policy;
  readonly log: Log;
  readonly meter: Meter;
  /** Ends everything long-lived. */
  readonly signal: AbortSignal;
  /** Strings ↔ integers of servers, users and state keys. */
  readonly names: Names;
  readonly events: EventCache;
  readonly states: StateMaps;
  /** Joins through other servers that are under way. */
  readonly joins: RemoteJoins;
  readonly newcomers: Newcomers;
  /** One writer per room. */
  readonly roomQueue: RoomQueue;
  /** Where states are resolved, and for how long at a time. */
  readonly resolutions: Resolutions;
  /** One worker per room on what others sent. */
  readonly staged: StagedRooms;
  /** One fetch of older history per room. */
  readonly historyQueue: RoomQueue;
  /** Where history is missing because nobody who has it answered, by the event above what is missing. */
  readonly historyGaps: LRUCache<EventId, Unreachable>;
  /** One making of each thumbnail. */
  readonly mediaQueue: RoomQueue;
  /** Wakes waiting syncs after a commit. */
  readonly notifier: Notifier;
  readonly keys: KeyRing;
  /** Ties together the ends of rooms in which nobody of ours says anything. */
  readonly manyEnds: ManyEnds;
  /** Sends PDUs of the outbox and EDUs to other servers. */
  readonly outbound: Outbound;
  /** Tells inviting servers what was declined while they were away. */
  readonly leaves: WorkForServers;
  /** Makes good what people here were invited to by a third-party identifier. */
  readonly boundInvites: WorkForServers;
  /** Fetches what happened since the backup that the data was restored from. */
  readonly catchUp: WorkForServers;
  /** Fetches device lists of other servers' people that something is missing of. */
  readonly lists: FollowedLists;
  /** Completes states that could not be verified as a whole. */
  readonly incomplete: IncompleteStates;
  /** Finds messages by their words; follows the event graph at a distance. */
  readonly search: SearchIndex;
  /** What other servers said of their spaces a moment ago. */
  readonly hierarchies: HierarchyCache;
  /** Tells others of devices that are new, renamed or gone; woken after the commit of what the host noted of them. */
  readonly untoldDevices: WokenWork<Engine>;
  /** Withdraws invitations when their time is over. */
  readonly expiries: WokenWork<Engine>;
  /** Removes rooms, purges history, deletes files: what takes longer than a request. */
  readonly upkeep: WokenWork<Engine>;
  readonly typing: TypingBoard;
  readonly presence: PresenceBoard;
  /** How much ephemeral data each server may bring; undefined: without limit. */
  readonly edus: EduBudget | undefined;
  /** How many one-time keys of a device each server gets; undefined: without limit. */
  readonly claims: ClaimBudget | undefined;
  /** Which sync tokens are from our history. */
  readonly epochs: Epochs;
  /** Local users who were erased, and the stream position at which they were; `erased_users` in memory. */
  readonly erased: Map<string, number>;
  /** What changed since the start; told inside the write transaction, asked by sync. */
  readonly activity: Activity;
  readonly ownSettings: OwnSettings;
};

/** What reading a room's events and states needs. */
export type Graph = Pick<Engine, 'names' | 'events' | 'states'>;

/** Whether a user is of this server; the server name is what follows the first colon. */
export const isLocal = (engine: Pick<Engine, 'serverName'>, userId: UserId): boolean =>
  userId.endsWith(`:${engine.serverName}`) &&
  userId.indexOf(':') === userId.length - engine.serverName.length - 1;
