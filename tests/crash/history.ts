/** Reads a room's messages as a client does, and compares them with what was sent. */
import { type Client, type ClientEvent, roomPath } from './client.ts';
import type { Ledger } from './ledger.ts';

const PAGE = 500;

/**
 * Pages backwards from the newest event, to the beginning of the room, or to a page whose oldest event
 * `isOld`.
 */
export const readMessages = async (
  client: Client,
  roomId: string,
  isOld: (eventId: string) => boolean = () => false,
): Promise<readonly ClientEvent[]> => {
  const found: ClientEvent[] = [];
  for (let from: string | undefined; ; ) {
    const query = `messages?dir=b&limit=${PAGE}${from === undefined ? '' : `&from=${encodeURIComponent(from)}`}`;
    const page = await client.ok('GET', roomPath(roomId, query));
    const chunk = page.chunk as readonly ClientEvent[];
    found.push(...chunk.filter((event) => event.type === 'm.room.message'));
    const oldest = chunk.at(-1);
    if (page.end === undefined || (oldest !== undefined && isOld(oldest.event_id))) return found;
    from = String(page.end);
  }
};

/** The current state as pairs of (type, state key) and event. */
export const readState = async (client: Client, roomId: string): Promise<ReadonlyMap<string, string>> => {
  const events = (await client.ok('GET', roomPath(roomId, 'state'))) as unknown as readonly ClientEvent[];
  return new Map(events.map((event) => [`${event.type} ${event.state_key}`, event.event_id]));
};

/** What is doubled, changed or from nobody among these events. */
export const strangeMessages = (
  where: string,
  events: readonly ClientEvent[],
  ledger: Ledger,
): readonly string[] => {
  const faults: string[] = [];
  const ids = new Set<string>();
  const bodies = new Set<string>();
  for (const { event_id, content, sender } of events) {
    const body = String(content.body);
    const message = ledger.find(body);
    const name = `${message?.txnId ?? body.slice(0, 60)} (${event_id})`;
    if (ids.has(event_id)) faults.push(`${where} shows the event of ${name} twice`);
    else if (bodies.has(body)) faults.push(`${where} has a second event for ${name}`);
    ids.add(event_id);
    bodies.add(body);
    if (message === undefined) faults.push(`${where} has a message that nobody sent: ${name}`);
    else if (message.eventId !== undefined && message.eventId !== event_id) {
      faults.push(`${where} has ${name} for a message acknowledged as ${message.eventId}`);
    } else if (message.sender !== sender) faults.push(`${where} has ${name} from ${sender}`);
  }
  return faults;
};

/** What was acknowledged, among `expected`, and is not among these events. */
export const missingMessages = (
  events: readonly ClientEvent[],
  expected: Iterable<{ readonly eventId: string | undefined; readonly txnId: string }>,
): readonly string[] => {
  const ids = new Set(events.map((event) => event.event_id));
  const missing: string[] = [];
  for (const { eventId, txnId } of expected) {
    if (eventId !== undefined && !ids.has(eventId)) missing.push(`${txnId} (${eventId})`);
  }
  return missing;
};
