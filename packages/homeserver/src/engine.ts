/** The parts that every operation of the engine works with. One `Engine` per homeserver, no module state. */
import type { RoomVersionRules, ServerName, SigningKey, UserId } from '@causeway/protocol';
import type { PresenceBoard } from './ephemeral/presence-board.ts';
import type { TypingBoard } from './ephemeral/typing.ts';
import type { KeyRing } from './federation/key-ring.ts';
import type { Outbound } from './federation/outbound.ts';
import type { FederationTransport } from './federation/transport.ts';
import type { InvitationExpiry } from './invitations/invitation-expiry.ts';
import type { BlobStore } from './media/blob-store.ts';
import type { Thumbnailer } from './media/thumbnailer.ts';
import type { Notifier } from './notifier.ts';
import type { Clock, Log, Policy, UserDirectory } from './ports.ts';
import type { EventCache } from './rooms/event-cache.ts';
import type { RoomQueue } from './rooms/room-queue.ts';
import type { StateMaps } from './rooms/state-map.ts';
import type { SearchIndex } from './search/search-index.ts';
import type { HierarchyCache } from './spaces/query-hierarchy.ts';
import type { Names } from './store/names.ts';
import type { Store } from './store/store.ts';
import type { Activity } from './sync/activity.ts';

export type Engine = {
  readonly serverName: ServerName;
  readonly signingKey: SigningKey;
  readonly defaultRoomVersion: string;
  readonly store: Store;
  readonly blobs: BlobStore;
  readonly thumbnailer: Thumbnailer;
  readonly transport: FederationTransport;
  readonly clock: Clock;
  readonly directory: UserDirectory;
  readonly policy: Policy;
  readonly log: Log;
  /** Ends everything long-lived. */
  readonly signal: AbortSignal;
  /** Strings ↔ integers of servers, users and state keys. */
  readonly names: Names;
  readonly events: EventCache;
  readonly states: StateMaps;
  /** Rooms that are being joined through another server, and their rules. */
  readonly joining: Map<string, RoomVersionRules>;
  /** One writer per room. */
  readonly roomQueue: RoomQueue;
  /** One worker per room on what others sent. */
  readonly stagedQueue: RoomQueue;
  /** One fetch of older history per room. */
  readonly historyQueue: RoomQueue;
  /** One making of each thumbnail. */
  readonly mediaQueue: RoomQueue;
  /** Wakes waiting syncs after a commit. */
  readonly notifier: Notifier;
  readonly keys: KeyRing;
  /** Sends PDUs of the outbox and EDUs to other servers. */
  readonly outbound: Outbound;
  /** Finds messages by their words; follows the event graph at a distance. */
  readonly search: SearchIndex;
  /** What other servers said of their spaces a moment ago. */
  readonly hierarchies: HierarchyCache;
  /** Withdraws invitations when their time is over. */
  readonly expiries: InvitationExpiry;
  readonly typing: TypingBoard;
  readonly presence: PresenceBoard;
  /** What changed since the start; told inside the write transaction, asked by sync. */
  readonly activity: Activity;
};

export const isLocal = (engine: Engine, userId: UserId): boolean =>
  userId.endsWith(`:${engine.serverName}`) &&
  userId.indexOf(':') === userId.length - engine.serverName.length - 1;
