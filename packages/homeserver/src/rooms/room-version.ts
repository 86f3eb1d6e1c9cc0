import { getRoomVersion, type RoomVersionRules } from '@causeway/protocol';
import type { Engine } from '../engine.ts';

/** The rules of a room version that this server takes part in; undefined for every other one. */
export const knownVersion = (engine: Engine, version: unknown): RoomVersionRules | undefined =>
  typeof version === 'string' && engine.roomVersions.includes(version) ? getRoomVersion(version) : undefined;
