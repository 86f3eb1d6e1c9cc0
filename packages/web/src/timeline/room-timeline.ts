import {
  ClientEvent,
  Direction,
  EventType,
  type MatrixClient,
  type MatrixEvent,
  type Room,
  RoomEvent,
  SyncState,
} from 'matrix-js-sdk';
import { Observable } from '../frame/observable.ts';
import { describeProblem } from '../session/problem.ts';
import { buildTimeline, countPrepended, type TimelineItem } from './build-timeline.ts';
import { relationOf } from './relation.ts';
import type { TimelineEvent } from './timeline-event.ts';
import { threadRootOf, toTimelineEvent } from './to-timeline-event.ts';

const PAGE_SIZE = 50;
const REBUILD_DELAY_MS = 16;
/** A long timeline is rebuilt less often in a burst: rebuilding takes at most a fifth of the time. */
const COST_SHARE = 4;
/** How many pages in a row may hold nothing that is shown. */
const MAX_EMPTY_PAGES = 10;
/** How far back a quoted message is looked for. */
const MAX_PAGES_TO_FIND = 40;
/** Room for older items before the first one, for the list's absolute indices. */
const FIRST_INDEX = 10_000_000;

export type TimelineSnapshot = {
  readonly items: readonly TimelineItem[];
  /** The absolute index of the first item; smaller when older messages come. */
  readonly firstIndex: number;
  /** Changes when the list starts over after a gap. */
  readonly generation: number;
  readonly hasOlder: boolean;
  readonly failure: string;
};

/** What is shown of one room, while it is open. */
export class RoomTimeline {
  readonly snapshot: Observable<TimelineSnapshot>;
  /** Called right before older messages are shown. */
  onBeforeOlder: () => void = () => undefined;
  readonly #client: MatrixClient;
  readonly #room: Room;
  #readUpTo: string | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #loading: Promise<boolean> | undefined;
  #failure = '';
  #probed = false;
  /** How long the last rebuild took, in milliseconds. */
  #cost = 0;
  readonly #pageStarts = new Set<string>();

  constructor(client: MatrixClient, room: Room) {
    this.#client = client;
    this.#room = room;
    this.#readUpTo = room.getEventReadUpTo(client.getSafeUserId()) ?? undefined;
    const items = this.#build();
    // What comes while one is looking is not new.
    if (!items.some((item) => item.kind === 'new')) this.#readUpTo = undefined;
    this.snapshot = new Observable<TimelineSnapshot>({
      items,
      firstIndex: FIRST_INDEX,
      generation: 0,
      hasOlder: this.#hasOlder(),
      failure: '',
    });
  }

  open(): () => void {
    const room = this.#room;
    room.on(RoomEvent.Timeline, this.#schedule);
    room.on(RoomEvent.TimelineReset, this.#schedule);
    room.on(RoomEvent.LocalEchoUpdated, this.#schedule);
    room.on(RoomEvent.Redaction, this.#schedule);
    room.on(RoomEvent.RedactionCancelled, this.#schedule);
    this.#client.on(ClientEvent.Sync, this.#onSync);
    this.#schedule();
    return () => {
      room.off(RoomEvent.Timeline, this.#schedule);
      room.off(RoomEvent.TimelineReset, this.#schedule);
      room.off(RoomEvent.LocalEchoUpdated, this.#schedule);
      room.off(RoomEvent.Redaction, this.#schedule);
      room.off(RoomEvent.RedactionCancelled, this.#schedule);
      this.#client.off(ClientEvent.Sync, this.#onSync);
      clearTimeout(this.#timer);
      this.#timer = undefined;
    };
  }

  get #live() {
    return this.#room.getLiveTimeline();
  }

  #hasOlder(): boolean {
    return this.#live.getPaginationToken(Direction.Backward) !== null || this.#mayHaveOlder();
  }

  /** A room that was known as an invitation may have come without a token, although there is history. */
  #mayHaveOlder(): boolean {
    return !this.#probed && this.#live.getEvents()[0]?.getType() !== EventType.RoomCreate;
  }

  /** Asks the server where the history is, and lets the SDK go on from there; what is known is not added twice. */
  async #probe(): Promise<void> {
    this.#probed = true;
    const { start } = await this.#client.createMessagesRequest(
      this.#room.roomId,
      null,
      1,
      Direction.Backward,
    );
    if (start) this.#live.setPaginationToken(start, Direction.Backward);
  }

  #build(): TimelineItem[] {
    return buildTimeline(this.#live.getEvents().map(toTimelineEvent), {
      myself: this.#client.getSafeUserId(),
      readUpTo: this.#readUpTo,
      hasOlder: this.#hasOlder(),
      pageStarts: this.#pageStarts,
    });
  }

  readonly #onSync = (state: SyncState) => {
    if (state === SyncState.Syncing) this.#schedule();
  };

  readonly #schedule = () => {
    this.#timer ??= setTimeout(
      () => {
        this.#timer = undefined;
        this.#rebuild();
      },
      Math.max(REBUILD_DELAY_MS, this.#cost * COST_SHARE),
    );
  };

  #rebuild(): void {
    const old = this.snapshot.get();
    const began = performance.now();
    const items = this.#build();
    this.#cost = performance.now() - began;
    const prepended = countPrepended(old.items, items);
    if (prepended) this.onBeforeOlder();
    this.snapshot.set({
      items,
      firstIndex: prepended === undefined ? FIRST_INDEX : old.firstIndex - prepended,
      generation: prepended === undefined ? old.generation + 1 : old.generation,
      hasOlder: this.#hasOlder(),
      failure: this.#failure,
    });
  }

  /** Fetches one page of older events; resolves to whether there was one. */
  loadOlder(): Promise<boolean> {
    if (!this.#hasOlder()) return Promise.resolve(false);
    this.#loading ??= this.#fetchOlder();
    return this.#loading;
  }

  async #fetchOlder(): Promise<boolean> {
    this.#failure = '';
    const first = this.snapshot.get().items.find((item) => item.kind === 'message');
    if (first) this.#pageStarts.add(first.key);
    try {
      if (this.#live.getPaginationToken(Direction.Backward) === null) await this.#probe();
      const before = this.#build().length;
      // A page may hold nothing that is shown here: replies in threads, reactions.
      for (let page = 0; page < MAX_EMPTY_PAGES && this.#hasOlder(); page++) {
        await this.#client.paginateEventTimeline(this.#live, { backwards: true, limit: PAGE_SIZE });
        if (this.#build().length > before) break;
      }
      return true;
    } catch (problem) {
      this.#failure = describeProblem(problem);
      return false;
    } finally {
      this.#loading = undefined;
      clearTimeout(this.#timer);
      this.#timer = undefined;
      this.#rebuild();
    }
  }

  /** The absolute index of a message, fetching older pages until it is there. */
  async find(eventId: string): Promise<number | undefined> {
    for (let page = 0; page <= MAX_PAGES_TO_FIND; page++) {
      const { items, firstIndex } = this.snapshot.get();
      const index = items.findIndex((item) => item.kind === 'message' && item.event.id === eventId);
      if (index >= 0) return firstIndex + index;
      if (!(await this.loadOlder())) return undefined;
    }
    return undefined;
  }

  /** The person looks away: what comes from now on is new to them. */
  readonly rememberRead = () => {
    this.#readUpTo = this.lastConfirmed()?.getId();
  };

  /** The newest event outside threads that the server knows, for read receipts. */
  lastConfirmed(): MatrixEvent | undefined {
    return this.#live
      .getEvents()
      .findLast(
        (event) => event.status === null && !event.getId()?.startsWith('~') && !this.#isInThread(event),
      );
  }

  #isInThread(event: MatrixEvent): boolean {
    const { eventId } = relationOf(event.getOriginalContent());
    if (threadRootOf(event)) return true;
    const target = eventId ?? event.event.redacts;
    const related = target ? this.#room.findEventById(target) : undefined;
    return related !== undefined && threadRootOf(related) !== undefined;
  }

  /** One's last message, when it can be edited: not the one before it while it is still being sent. */
  lastOwnEditable(): TimelineEvent | undefined {
    const myself = this.#client.getSafeUserId();
    const found = this.snapshot
      .get()
      .items.findLast(
        (item) => item.kind === 'message' && item.event.sender === myself && !item.event.redactedBy,
      );
    const editable =
      found?.kind === 'message' && found.event.send.state === 'sent' && found.content.msgtype === 'm.text';
    return editable ? { ...found.event, content: found.content } : undefined;
  }
}
