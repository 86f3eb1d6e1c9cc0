import {
  ClientEvent,
  type IEvent,
  type MatrixClient,
  MatrixEvent,
  type Room,
  RoomEvent,
} from 'matrix-js-sdk';
import { Observable } from '../frame/observable.ts';
import { rememberPeople } from '../people/person.ts';
import { describeProblem } from '../session/problem.ts';
import { buildTimeline, type TimelineItem } from '../timeline/build-timeline.ts';
import { fetchRelations } from '../timeline/fetch-relations.ts';
import { loadedEvents } from '../timeline/loaded-events.ts';
import { relationOf } from '../timeline/relation.ts';
import { shownEvents } from '../timeline/shown-events.ts';
import { threadRootOf, toTimelineEvent } from '../timeline/to-timeline-event.ts';

const REBUILD_DELAY_MS = 16;

export type ThreadSnapshot = {
  readonly items: readonly TimelineItem[];
  readonly loading: boolean;
  readonly hasOlder: boolean;
  readonly failure: string;
};

/** What is shown of one thread, while it is open: what the server has of it, and what comes with the room. */
export class ThreadTimeline {
  readonly snapshot: Observable<ThreadSnapshot>;
  readonly #client: MatrixClient;
  readonly #room: Room;
  readonly #rootId: string;
  #root: MatrixEvent | undefined;
  /** The oldest first. */
  #fetched: MatrixEvent[] = [];
  #next: string | undefined;
  #loading = true;
  #failure = '';
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(client: MatrixClient, room: Room, rootId: string) {
    this.#client = client;
    this.#room = room;
    this.#rootId = rootId;
    this.#root = room.findEventById(rootId);
    this.snapshot = new Observable<ThreadSnapshot>(this.#read());
  }

  open(): () => void {
    const room = this.#room;
    const events = [
      RoomEvent.Timeline,
      RoomEvent.TimelineReset,
      RoomEvent.LocalEchoUpdated,
      RoomEvent.Redaction,
      RoomEvent.RedactionCancelled,
    ] as const;
    for (const event of events) room.on(event, this.#schedule);
    this.#client.on(ClientEvent.AccountData, this.#schedule);
    void this.#load();
    return () => {
      for (const event of events) room.off(event, this.#schedule);
      this.#client.off(ClientEvent.AccountData, this.#schedule);
      clearTimeout(this.#timer);
      this.#timer = undefined;
    };
  }

  readonly loadOlder = (): void => {
    if (!this.#loading) void this.#load();
  };

  /** The newest reply that the server knows; the root when there is none. */
  latestId(): string {
    return this.latest()?.getId() ?? this.#rootId;
  }

  latest(): MatrixEvent | undefined {
    return this.#events().findLast((event) => event.status === null && threadRootOf(event) === this.#rootId);
  }

  async #load(): Promise<void> {
    this.#loading = true;
    this.#failure = '';
    this.#publish();
    try {
      this.#root ??= eventOf(await this.#client.fetchRoomEvent(this.#room.roomId, this.#rootId));
      const page = await fetchRelations(this.#client, {
        roomId: this.#room.roomId,
        eventId: this.#rootId,
        from: this.#next,
      });
      this.#next = page.next;
      this.#fetched = [...page.events.map(eventOf).reverse(), ...this.#fetched];
    } catch (problem) {
      this.#failure = describeProblem(problem);
    }
    this.#loading = false;
    this.#publish();
  }

  /** The root, then everything else once; the room's own object of an event knows the most about it. */
  #events(): MatrixEvent[] {
    const live = this.#liveEvents();
    const byId = new Map(live.map((event) => [event.getId(), event]));
    const fetched = this.#fetched.map((event) => byId.get(event.getId()) ?? event);
    const known = new Set(fetched);
    return [...(this.#root ? [this.#root] : []), ...fetched, ...live.filter((event) => !known.has(event))];
  }

  /** What the room has of the thread: replies, and what relates to them or to the root. */
  #liveEvents(): MatrixEvent[] {
    const targets = new Set<string>([this.#rootId, ...this.#fetched.map((event) => event.getId() ?? '')]);
    return loadedEvents(this.#room).filter((event) => {
      const { eventId } = relationOf(event.getOriginalContent());
      const belongs = threadRootOf(event) === this.#rootId || (eventId !== undefined && targets.has(eventId));
      if (belongs) targets.add(event.getId() ?? '');
      return belongs;
    });
  }

  readonly #schedule = () => {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#applyRedactions();
      this.#publish();
    }, REBUILD_DELAY_MS);
  };

  /** What was fetched for the thread alone hears of a deletion through the room. */
  #applyRedactions(): void {
    const redactions = new Map(
      loadedEvents(this.#room)
        .filter((event) => event.isRedaction())
        .map((event) => [event.getAssociatedId(), event]),
    );
    for (const event of this.#fetched) {
      const redaction = redactions.get(event.getId());
      if (redaction && !event.isRedacted()) event.makeRedacted(redaction, this.#room);
    }
  }

  #publish(): void {
    this.snapshot.set(this.#read());
  }

  #read(): ThreadSnapshot {
    const items = buildTimeline(shownEvents(this.#client, this.#events()).map(toTimelineEvent), {
      myself: this.#client.getSafeUserId(),
      readUpTo: undefined,
      hasOlder: true,
      pageStarts: new Set(),
      threadId: this.#rootId,
      authorOf: rememberPeople(this.#room),
    });
    return {
      // The first reply stands apart from the root, under its author's name.
      items: items
        .filter((item) => item.kind === 'message')
        .map((item, index) => (index === 1 ? { ...item, startsGroup: true } : item)),
      loading: this.#loading,
      hasOlder: this.#next !== undefined,
      failure: this.#failure,
    };
  }
}

const eventOf = (event: unknown): MatrixEvent => new MatrixEvent(event as Partial<IEvent>);
