/** The rooms with acknowledged PDUs to work through: one worker each, and one timer for what is tried again. */
import { LRUCache } from 'lru-cache';
import type { Clock } from '../ports.ts';
import { RoomQueue } from '../rooms/room-queue.ts';

type Timer = { readonly due: number; readonly timer: Disposable };

/** Of events beyond these it is forgotten that they have a pause, and they are tried too early. */
const MAX_PAUSES = 10_000;

/** An event as one server sent it: sent again it is the same, and from another server it may have more luck. */
export type StagedPdu = { readonly event_id: string; readonly origin: string };

const nameOf = ({ event_id, origin }: StagedPdu): string => `${origin} ${event_id}`;

export class StagedRooms {
  readonly #queue = new RoomQueue();
  /** Work that has not begun. */
  readonly #waiting = new Map<string, Promise<void>>();
  readonly #timers = new Map<string, Timer>();
  /** When PDUs that lack their ancestors may be tried again. */
  readonly #pauses = new LRUCache<string, number>({ max: MAX_PAUSES });

  /** Runs `work` after what runs for this room now. It sees what came before it began, so one is enough. */
  run(roomId: string, work: () => Promise<void>): Promise<void> {
    const waiting = this.#waiting.get(roomId);
    if (waiting !== undefined) return waiting;
    const result = this.#queue.run(roomId, () => {
      this.#waiting.delete(roomId);
      return work();
    });
    this.#waiting.set(roomId, result);
    return result;
  }

  /** Runs `work` in `ms` milliseconds, or when an earlier wish for the same room is due before. */
  runLater(clock: Clock, roomId: string, ms: number, work: () => void): void {
    const due = clock.now() + ms;
    const planned = this.#timers.get(roomId);
    if (planned !== undefined && planned.due <= due) return;
    planned?.timer[Symbol.dispose]();
    const timer = clock.schedule(ms, () => {
      this.#timers.delete(roomId);
      work();
    });
    this.#timers.set(roomId, { due, timer });
  }

  /** Others are not asked for the ancestors of this PDU again in the next `ms` milliseconds. */
  pause(clock: Clock, pdu: StagedPdu, ms: number): void {
    this.#pauses.set(nameOf(pdu), clock.now() + ms);
  }

  /** How much of its pause is left: work on a room passes every PDU, for whichever it was begun. */
  pauseOf(clock: Clock, pdu: StagedPdu): number {
    return Math.max(0, (this.#pauses.get(nameOf(pdu)) ?? 0) - clock.now());
  }

  /** When nothing runs any more. */
  idle(): Promise<void> {
    return this.#queue.idle();
  }

  /** Nothing is tried again. */
  [Symbol.dispose](): void {
    for (const { timer } of this.#timers.values()) timer[Symbol.dispose]();
    this.#timers.clear();
  }
}
