/**
 * Who is typing where. Kept in memory only: it is worthless after a restart.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#typing-notifications
 */
import type { UserId } from '@causeway/protocol';
import type { Notifier } from '../notifier.ts';
import type { Clock } from '../ports.ts';
import { type ChangeCounter, createChangeCounter } from './change-counter.ts';

/** Who types where, in memory only. */
export type TypingBoard = {
  /** Number of the newest change; part of sync tokens. */
  readonly position: number;
  /** Says that a user types in a room for at most `timeoutMs`, or (with 0) that they stopped. */
  set(roomNid: number, userId: UserId, timeoutMs: number): void;
  /** Users typing in a room now. */
  typing(roomNid: number): readonly UserId[];
  /** The change number at which a room's list changed last; 0 when it never did. */
  changedAt(roomNid: number): number;
};

/** Longest time one notice counts for, whoever sent it. */
export const MAX_TYPING_MS = 120_000;

/**
 * Makes an empty board, which tells the notifier of its changes. `counter` may be shared with a presence board.
 */
export const createTypingBoard = (
  clock: Clock,
  notifier: Notifier,
  counter: ChangeCounter = createChangeCounter(clock),
): TypingBoard => {
  const rooms = new Map<number, Map<UserId, Disposable>>();
  const changes = new Map<number, number>();

  const changed = (roomNid: number) => {
    changes.set(roomNid, counter.next());
    notifier.publish({ roomNids: [roomNid] });
  };

  const stop = (roomNid: number, userId: UserId) => {
    const users = rooms.get(roomNid);
    const timer = users?.get(userId);
    if (users === undefined || timer === undefined) return;
    timer[Symbol.dispose]();
    users.delete(userId);
    if (users.size === 0) rooms.delete(roomNid);
    changed(roomNid);
  };

  const start = (roomNid: number, userId: UserId, timeoutMs: number) => {
    const users = rooms.get(roomNid) ?? new Map<UserId, Disposable>();
    rooms.set(roomNid, users);
    const earlier = users.get(userId);
    earlier?.[Symbol.dispose]();
    users.set(
      userId,
      clock.schedule(Math.min(timeoutMs, MAX_TYPING_MS), () => stop(roomNid, userId)),
    );
    if (earlier === undefined) changed(roomNid);
  };

  return {
    get position() {
      return counter.position;
    },
    set(roomNid, userId, timeoutMs) {
      if (timeoutMs > 0) start(roomNid, userId, timeoutMs);
      else stop(roomNid, userId);
    },
    typing: (roomNid) => [...(rooms.get(roomNid)?.keys() ?? [])],
    changedAt: (roomNid) => changes.get(roomNid) ?? 0,
  };
};
