/** What admins do to whole rooms; each is written down in the transaction that begins it. */
import {
  DAY_MS,
  type Engine,
  invalidParam,
  setRetention,
  setRoomBlocked,
  startHistoryPurge,
  startRoomRemoval,
  type WithRemoval,
} from '@causeway/homeserver';
import type { RoomId } from '@causeway/protocol';
import { type Actor, SERVER } from '../audit/actor.ts';
import { appendAudit } from '../audit/append-audit.ts';
import type { WorkspaceContext } from '../context.ts';
import { faultOf } from '../faults.ts';

type RoomAction = { readonly roomId: RoomId; readonly by: Actor };

const MAX_REASON_LENGTH = 500;
/** By which the clock of an admin's machine may go before ours. */
const CLOCK_SKEW_MS = 5 * 60_000;

/** @throws M_INVALID_PARAM */
const readReason = (reason: string): string => {
  const text = reason.trim();
  if (text.length > MAX_REASON_LENGTH || !text.isWellFormed()) {
    throw invalidParam(faultOf('reason-long', { most: MAX_REASON_LENGTH }));
  }
  return text;
};

/**
 * Everybody of this workspace leaves with the reason, and what is kept of the room is deleted; with `block`, nobody
 * can be in it again. @throws M_NOT_FOUND, M_CONFLICT, M_INVALID_PARAM
 */
export const removeRoom = async (
  engine: Engine,
  action: RoomAction & { readonly reason: string; readonly block: boolean },
): Promise<void> => {
  const { roomId, block, by } = action;
  const reason = readReason(action.reason);
  const ts = engine.clock.now();
  await engine.store.transact(async (tx) => {
    await startRoomRemoval(engine, tx, { roomId, reason });
    if (block) await setRoomBlocked(tx, { roomId, block: { reason, ts } });
    await appendAudit(tx, { ts, action: 'room.remove', by, target: roomId, after: { reason, block } });
  });
  engine.upkeep.wake();
};

/** Notes that nothing is left of a removed room, which may be days after it was begun. */
export const noteRoomRemoved =
  ({ clock }: Pick<WorkspaceContext, 'clock'>): WithRemoval =>
  (tx, { roomId, events }) =>
    appendAudit(tx, {
      ts: clock.now(),
      action: 'room.removed',
      by: SERVER,
      target: roomId,
      after: { events },
    });

/** Closes a room to everybody of this workspace who is not in it, or opens it again. @throws M_INVALID_PARAM */
export const blockRoom = async (
  engine: Engine,
  action: RoomAction & { readonly reason: string; readonly blocked: boolean },
): Promise<void> => {
  const { roomId, blocked, by } = action;
  const reason = readReason(action.reason);
  const ts = engine.clock.now();
  await engine.store.transact(async (tx) => {
    const before = await setRoomBlocked(tx, { roomId, block: blocked ? { reason, ts } : undefined });
    const verb = blocked ? 'room.block' : 'room.unblock';
    await appendAudit(tx, { ts, action: verb, by, target: roomId, before, after: { blocked, reason } });
  });
};

/** Deletes here the messages from before a moment. @throws M_NOT_FOUND, M_INVALID_PARAM */
export const purgeRoomHistory = async (
  engine: Engine,
  { roomId, before, by }: RoomAction & { readonly before: number },
): Promise<void> => {
  const ts = engine.clock.now();
  if (before > ts + CLOCK_SKEW_MS) throw invalidParam(faultOf('past-only'));
  await engine.store.transact(async (tx) => {
    await startHistoryPurge(tx, { roomId, before: Math.min(before, ts) });
    await appendAudit(tx, { ts, action: 'room.purge', by, target: roomId, after: { before } });
  });
  engine.upkeep.wake();
};

/** For how many days messages stay here; undefined: for ever. @throws M_NOT_FOUND, M_INVALID_PARAM */
export const changeRetention = async (
  engine: Engine,
  { roomId, days, by }: RoomAction & { readonly days: number | undefined },
): Promise<void> => {
  if (days !== undefined && !Number.isSafeInteger(days)) {
    throw invalidParam(faultOf('retention-days'));
  }
  const ts = engine.clock.now();
  await engine.store.transact(async (tx) => {
    const maxAgeMs = days === undefined ? undefined : days * DAY_MS;
    const { maxAgeMs: before } = await setRetention(tx, { roomId, maxAgeMs });
    await appendAudit(tx, {
      ts,
      action: 'room.retention',
      by,
      target: roomId,
      before: before === undefined ? null : before / DAY_MS,
      after: days ?? null,
    });
  });
  engine.upkeep.wake();
};
