/** What one pass over the store for a sync works with. */
import type { ServerName } from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import type { Viewer } from '../reading/viewer.ts';
import type { StoreReader } from '../store/store.ts';
import type { InviteBlocks } from '../users/invite-blocks.ts';
import type { SyncFilter } from './filter.ts';
import type { SyncToken } from './sync-token.ts';

export type SyncScope = {
  readonly engine: Engine;
  readonly reader: StoreReader;
  readonly viewer: Viewer & { readonly userNid: number };
  readonly filter: SyncFilter;
  /** Undefined: an initial sync. */
  readonly since: SyncToken | undefined;
  /** The client knows a history that is not ours: what it has of a room is to be replaced. `since` is undefined then. */
  readonly startsAnew: boolean;
  /** What may be shown: everything up to here is committed and published. */
  readonly now: SyncToken;
  readonly fullState: boolean;
  /** Whom the viewer ignores. */
  readonly ignored: ReadonlySet<string>;
  /** Whose invitations the viewer does not want. */
  readonly blocks: InviteBlocks;
  /** Whether a snapshot that is ahead of `now` is taken as it is. */
  readonly acceptsAhead: boolean;
  /** Whether state is shown as it is after the timeline. */
  readonly stateAfter: boolean;
};

/** The snapshot holds something newer than `now`; a new pass with a newer `now` will do. */
export class SnapshotAheadError extends Error {}

/** Whether the viewer may have begun to hear of some shared room after their token. Asks memory only. */
export const mayHaveBegunToHear = ({
  since,
  viewer: { hearing },
}: Pick<SyncScope, 'since' | 'viewer'>): boolean => {
  const changed = hearing.kind === 'all' ? hearing.since : hearing.ofRoomWith && hearing.stream;
  return since !== undefined && (changed ?? 0) > since.stream;
};

/** Whether the viewer may have ceased to hear of some server after their token. Asks memory only. */
export const mayHaveCeasedToHear = ({
  since,
  viewer: { hearing },
}: Pick<SyncScope, 'since' | 'viewer'>): boolean =>
  since !== undefined && hearing.kind === 'until' && hearing.stream > since.stream;

/** Whether they did not yet hear of rooms with these servers at their token: those are told from the start. */
export const beganToHear = (
  { since, viewer: { hearing } }: Pick<SyncScope, 'since' | 'viewer'>,
  servers: readonly ServerName[],
): boolean => {
  if (since === undefined) return false;
  const heard = hearing.kind === 'until' && hearing.ofRoomWith ? hearing.ofRoomWith(servers) : hearing;
  return heard.kind === 'all' && (heard.since ?? 0) > since.stream;
};
