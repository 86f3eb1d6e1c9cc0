/** @see https://spec.matrix.org/v1.19/client-server-api/#threaded-read-receipts */
import type { Engine } from '../engine.ts';
import { relationOf } from '../reading/client-event.ts';
import type { StoredEvent } from '../rooms/event-cache.ts';
import { redactedReplies } from '../store/schema.ts';
import type { StoreReader } from '../store/store.ts';

/** Relations followed to find out which thread an edit or a reaction belongs to. */
const MAX_HOPS = 3;

/** The root of the thread that an event is in; '' for the main timeline. */
export const threadOfEvent = async (
  engine: Engine,
  reader: StoreReader,
  event: StoredEvent,
): Promise<string> => {
  let current: StoredEvent | undefined = event;
  for (let hop = 0; hop <= MAX_HOPS && current !== undefined; hop++) {
    const relation = relationOf(current.pdu.content);
    if (relation === undefined) {
      const reply = await reader.get(redactedReplies, { event_nid: current.eventNid });
      return reply?.thread_root ?? '';
    }
    if (relation.relType === 'm.thread') return relation.eventId;
    const parent: StoredEvent | undefined = await engine.events.byId(reader, relation.eventId);
    current = parent?.roomNid === event.roomNid ? parent : undefined;
  }
  return '';
};
