/** What one pass over the store for a sync works with. */
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
