/** Joins through other servers that are under way: what is known of each, and the way to end it. */
import type { RoomId, RoomVersionRules, ServerName, UserId } from '@causeway/protocol';
import { refusal } from '../matrix-error.ts';
import { faultOf } from '../refusals.ts';

/**
 * `asking`: a server is asked to let us in. `checking`: its answer arrives and is checked event by event.
 * `entering`: everything is checked, and the room is put together.
 */
export type JoinStep = 'asking' | 'checking' | 'entering';

/** What the person who joins is shown. */
export class RemoteJoin {
  readonly roomId: RoomId;
  readonly userId: UserId;
  /** Milliseconds since the epoch. */
  readonly startedTs: number;
  step: JoinStep = 'asking';
  /** The server that is being joined through. */
  server: ServerName | undefined;
  /** Members of the room that were checked so far. */
  checkedMembers = 0;
  /** How many there are to check, where a server told. */
  totalMembers: number | undefined;
  /** Servers that were tried in vain, and why. */
  readonly refusals: { readonly server: ServerName; readonly reason: string }[] = [];
  /** Known as soon as a server told the room's version. */
  rules: RoomVersionRules | undefined;
  readonly #cancelling = new AbortController();

  constructor(roomId: RoomId, userId: UserId, startedTs: number) {
    this.roomId = roomId;
    this.userId = userId;
    this.startedTs = startedTs;
  }

  get signal(): AbortSignal {
    return this.#cancelling.signal;
  }

  /** Once the room is being entered it is too late. */
  cancel(): boolean {
    if (this.step !== 'entering') this.#cancelling.abort();
    return this.step !== 'entering';
  }

  /** @throws CAUSEWAY_CANCELLED */
  throwIfCancelled(): void {
    if (this.signal.aborted) throw refusal('CAUSEWAY_CANCELLED', faultOf('join-cancelled'));
  }
}

/** The joins through other servers that are under way; one for each person and room. */
export class RemoteJoins {
  readonly #running = new Map<string, { readonly join: RemoteJoin; readonly result: Promise<void> }>();

  get isEmpty(): boolean {
    return this.#running.size === 0;
  }

  /** Joins that a person has under way. */
  ofUser(userId: UserId): readonly RemoteJoin[] {
    return [...this.#running.values()].map(({ join }) => join).filter((join) => join.userId === userId);
  }

  /** Somebody's join of a room, when it is under way. */
  find(roomId: string, userId: UserId): RemoteJoin | undefined {
    return this.#running.get(keyOf(roomId, userId))?.join;
  }

  /** The rules of a room that is being joined; undefined when none is, or nothing is known of it yet. */
  rulesOf(roomId: string): RoomVersionRules | undefined {
    for (const { join } of this.#running.values())
      if (join.roomId === roomId && join.rules) return join.rules;
    return undefined;
  }

  /** Somebody who asks twice for the same waits for the one join that there is. */
  run(join: RemoteJoin, work: () => Promise<void>): Promise<void> {
    const key = keyOf(join.roomId, join.userId);
    const running = this.#running.get(key);
    if (running !== undefined) return running.result;
    const result = work().finally(() => this.#running.delete(key));
    this.#running.set(key, { join, result });
    return result;
  }
}

const keyOf = (roomId: string, userId: UserId): string => `${userId} ${roomId}`;
