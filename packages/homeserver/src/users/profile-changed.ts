import type { UserId } from '@causeway/protocol';
import type { Engine } from '../engine.ts';

/** Called by the host after a local user's profile changed: tells all rooms the user is joined to. */
export const profileChanged = async (_engine: Engine, _userId: UserId): Promise<void> => {};
