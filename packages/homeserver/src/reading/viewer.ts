/** Who reads, and how they stand to a room: what visibility rules and `unsigned` need. */
import type { Membership, UserId } from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import type { Hearing } from '../ports.ts';
import type { StoredEvent } from '../rooms/event-cache.ts';
import { memberships, type RoomRow } from '../store/schema.ts';
import type { StoreReader } from '../store/store.ts';
import { type HeardUntil, heardUntil, hearingOf } from './hearing.ts';
import { isForgotten } from './is-forgotten.ts';

export type Viewer = {
  readonly userId: UserId;
  /** Undefined for a user this server has never seen in a room. */
  readonly userNid: number | undefined;
  readonly deviceId: string;
  readonly hearing: Hearing;
};

/** A viewer's standing in one room at the moment of reading. */
export type RoomViewer = Viewer & {
  readonly room: RoomRow;
  /** Key of their member event in state maps. */
  readonly memberKeyNid: number | undefined;
  readonly membership: Membership | undefined;
  /** Whether they left and forgot the room. */
  readonly hasForgotten: boolean;
  /** What they hear of this room. */
  readonly until: HeardUntil;
  /** Their newest member event. */
  readonly memberEvent: StoredEvent | undefined;
};

export const viewerOf = async (
  engine: Engine,
  reader: StoreReader,
  user: { readonly userId: UserId; readonly deviceId: string },
): Promise<Viewer> => ({
  ...user,
  userNid: await engine.names.userNid(reader, user.userId),
  hearing: await hearingOf(engine, reader, user.userId),
});

export const roomViewer = async (
  engine: Engine,
  reader: StoreReader,
  viewer: Viewer,
  room: RoomRow,
): Promise<RoomViewer> => {
  const row =
    viewer.userNid === undefined
      ? undefined
      : await reader.get(memberships, { room_nid: room.room_nid, user_nid: viewer.userNid });
  return {
    ...viewer,
    room,
    memberKeyNid: await engine.names.stateKeyNid(reader, 'm.room.member', viewer.userId),
    membership: row && readMembership(row.membership),
    hasForgotten: row !== undefined && row.membership !== 'join' && (await isForgotten(reader, row)),
    until: await heardUntil(engine, reader, viewer.hearing, room),
    memberEvent: row && (await engine.events.byNid(reader, row.event_nid)),
  };
};

const known: ReadonlySet<string> = new Set<Membership>(['join', 'invite', 'leave', 'ban', 'knock']);

const isMembership = (value: string): value is Membership => known.has(value);

/** A membership as a member event says it; anything unknown is `leave`. */
export const readMembership = (value: unknown): Membership =>
  typeof value === 'string' && isMembership(value) ? value : 'leave';
