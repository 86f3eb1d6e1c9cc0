import {
  ClientEvent,
  Direction,
  EventType,
  type MatrixClient,
  type MatrixEvent,
  ReceiptType,
  type Room,
  RoomEvent,
  RoomStateEvent,
  SyncState,
} from 'matrix-js-sdk';
import { Observable } from '../frame/observable.ts';
import { rememberPeople } from '../people/person.ts';
import { describeProblem } from '../session/problem.ts';
import { buildTimeline, type TimelineItem } from './build-timeline.ts';
import { fetchGaps, type HistoryGap, retryGap } from './history-gaps.ts';
import { loadedEvents, oldestTimeline } from './loaded-events.ts';
import { relationOf } from './relation.ts';
import { shownEvents } from './shown-events.ts';
import type { TimelineEvent } from './timeline-event.ts';
import { threadRootOf, toTimelineEvent } from './to-timeline-event.ts';

const PAGE_SIZE = 50;
/** Showing a page costs time for all that is loaded: the more there is, the larger the pages, up to this. */
const LARGEST_PAGE = 500;
const PAGE_SHARE = 10;
const REBUILD_DELAY_MS = 16;
/** A long timeline is rebuilt less often in a burst: rebuilding takes at most a fifth of the time. */
const COST_SHARE = 4;
/** How many pages in a row may hold nothing that is shown. */
const MAX_EMPTY_PAGES = 10;
/** How far back a quoted message is looked for. */
const MAX_PAGES_TO_FIND = 40;

export type TimelineSnapshot = {
  readonly items: readonly TimelineItem[];
  readonly hasOlder: boolean;
  readonly failure: string;
};

/** A room of this organisation only has all its history here. */
const isShared = (room: Room): boolean =>
  room.currentState.getStateEvents(EventType.RoomCreate, '')?.getContent()['m.federate'] !== false;

/** What is shown of one room, while it is open. */
export class RoomTimeline {
  readonly snapshot: Observable<TimelineSnapshot>;
  readonly #client: MatrixClient;
  readonly #room: Room;
  #readUpTo: string | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #loading: Promise<boolean> | undefined;
  /** While a page is fetched: the oldest event of before. What is older is shown when the page is whole. */
  #shownFrom: string | undefined;
  #failure = '';
  #probed = false;
  /** While the timeline starts over, what was shown stays: nobody is moved from what they read. */
  #isHeld = false;
  /** How long the last rebuild took, in milliseconds. */
  #cost = 0;
  readonly #pageStarts = new Set<string>();
  #gaps: ReadonlyMap<string, HistoryGap> = new Map();

  constructor(client: MatrixClient, room: Room) {
    this.#client = client;
    this.#room = room;
    this.#readUpTo = room.getEventReadUpTo(client.getSafeUserId()) ?? undefined;
    const items = this.#build();
    // What comes while one is looking is not new.
    if (!items.some((item) => item.kind === 'new')) this.#readUpTo = undefined;
    this.snapshot = new Observable<TimelineSnapshot>({
      items,
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
    room.on(RoomEvent.Receipt, this.#schedule);
    room.on(RoomStateEvent.Members, this.#schedule);
    this.#client.on(ClientEvent.Sync, this.#onSync);
    this.#client.on(ClientEvent.AccountData, this.#schedule);
    this.#schedule();
    return () => {
      room.off(RoomEvent.Timeline, this.#schedule);
      room.off(RoomEvent.TimelineReset, this.#schedule);
      room.off(RoomEvent.LocalEchoUpdated, this.#schedule);
      room.off(RoomEvent.Redaction, this.#schedule);
      room.off(RoomEvent.RedactionCancelled, this.#schedule);
      room.off(RoomEvent.Receipt, this.#schedule);
      room.off(RoomStateEvent.Members, this.#schedule);
      this.#client.off(ClientEvent.Sync, this.#onSync);
      this.#client.off(ClientEvent.AccountData, this.#schedule);
      clearTimeout(this.#timer);
      this.#timer = undefined;
    };
  }

  get #oldest() {
    return oldestTimeline(this.#room);
  }

  /** Where messages are missing above everything that is there, nothing older can be asked for. */
  #hasOlder(): boolean {
    const first = this.#oldest.getEvents()[0]?.getId();
    if (first && this.#gaps.has(first)) return false;
    return this.#oldest.getPaginationToken(Direction.Backward) !== null || this.#mayHaveOlder();
  }

  /** A room that was known as an invitation may have come without a token, although there is history. */
  #mayHaveOlder(): boolean {
    return !this.#probed && this.#oldest.getEvents()[0]?.getType() !== EventType.RoomCreate;
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
    if (start) this.#oldest.setPaginationToken(start, Direction.Backward);
  }

  #build(): TimelineItem[] {
    const loaded = loadedEvents(this.#room);
    const from = this.#shownFrom === undefined ? 0 : indexOf(loaded, this.#shownFrom);
    return buildTimeline(shownEvents(this.#client, loaded.slice(from)).map(toTimelineEvent), {
      myself: this.#client.getSafeUserId(),
      readUpTo: this.#readUpTo,
      hasOlder: this.#shownFrom !== undefined || this.#hasOlder(),
      pageStarts: this.#pageStarts,
      readersOf: (eventId) => this.#readersOf(eventId),
      authorOf: rememberPeople(this.#room),
      gaps: this.#gaps,
    });
  }

  /** Others who have read up to an event in the main timeline. */
  #readersOf(eventId: string): readonly string[] {
    const event = this.#room.findEventById(eventId);
    if (!event) return [];
    const myself = this.#client.getSafeUserId();
    return this.#room
      .getReceiptsForEvent(event)
      .filter(({ type, userId }) => type === ReceiptType.Read && userId !== myself)
      .map(({ userId }) => userId);
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
    const began = performance.now();
    const items = this.#build();
    this.#cost = performance.now() - began;
    this.#publish(items);
  }

  #publish(items: readonly TimelineItem[]): void {
    if (this.#isHeld) return;
    const hasOlder = this.#shownFrom !== undefined || this.#hasOlder();
    this.snapshot.set({ items, hasOlder, failure: this.#failure });
  }

  /** Fetches one page of older events; resolves to whether there was one. */
  loadOlder(): Promise<boolean> {
    if (!this.#hasOlder()) return Promise.resolve(false);
    this.#loading ??= this.#fetchOlder();
    return this.#loading;
  }

  async #fetchOlder(): Promise<boolean> {
    this.#failure = '';
    const first = firstMessage(this.snapshot.get().items);
    if (first) this.#pageStarts.add(first.key);
    let items: TimelineItem[] | undefined;
    try {
      if (this.#oldest.getPaginationToken(Direction.Backward) === null) await this.#probe();
      // A page may hold nothing that is shown here: replies in threads, reactions.
      for (let page = 0; page < MAX_EMPTY_PAGES && this.#hasOlder(); page++) {
        const loaded = loadedEvents(this.#room);
        this.#shownFrom = loaded[0]?.getId();
        const limit = Math.round(loaded.length / PAGE_SHARE);
        await this.#client.paginateEventTimeline(this.#oldest, {
          backwards: true,
          limit: Math.min(Math.max(limit, PAGE_SIZE), LARGEST_PAGE),
        });
        await this.#lookForGaps();
        this.#shownFrom = undefined;
        items = this.#build();
        if (firstMessage(items)?.key !== first?.key) break;
      }
      return true;
    } catch (problem) {
      this.#failure = describeProblem(problem);
      return false;
    } finally {
      this.#loading = undefined;
      this.#shownFrom = undefined;
      clearTimeout(this.#timer);
      this.#timer = undefined;
      this.#publish(items ?? this.#build());
    }
  }

  /** Asks the server whether it came upon history that it could not fetch. */
  async #lookForGaps(): Promise<void> {
    const accessToken = this.#client.getAccessToken();
    if (!accessToken || !isShared(this.#room)) return;
    const gaps = await fetchGaps(accessToken, this.#room.roomId);
    this.#gaps = new Map(gaps.map((gap) => [gap.eventId, gap]));
  }

  /** Has missing messages fetched once more, and shows them; throws with the reason when none came. */
  async retryGap({ eventId }: HistoryGap): Promise<void> {
    await retryGap(this.#client.getAccessToken() ?? '', this.#room.roomId, eventId);
    this.#isHeld = true;
    try {
      await this.#lookForGaps();
      // What was missing stands between what is there: the list starts over, down to where it was.
      this.#room.resetLiveTimeline(undefined, undefined);
      await this.#probe();
      for (let page = 0; page < MAX_PAGES_TO_FIND && !this.#room.findEventById(eventId); page++)
        if (!(await this.loadOlder())) break;
      await this.loadOlder();
    } finally {
      this.#isHeld = false;
      this.#rebuild();
    }
  }

  /** The key of a message's item, fetching older pages until it is there. */
  async find(eventId: string): Promise<string | undefined> {
    for (let page = 0; page <= MAX_PAGES_TO_FIND; page++) {
      const { items } = this.snapshot.get();
      const found = items.find((item) => item.kind === 'message' && item.event.id === eventId);
      if (found) return found.key;
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
    return loadedEvents(this.#room).findLast(
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

const indexOf = (events: readonly MatrixEvent[], id: string) =>
  Math.max(
    0,
    events.findIndex((event) => event.getId() === id),
  );

const firstMessage = (items: readonly TimelineItem[]) => items.find((item) => item.kind === 'message');
