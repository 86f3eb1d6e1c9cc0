/** Whether an event is still on its way to another server. */
import { decodeNids } from '../rooms/event-cache.ts';
import { destinationSets, destinations, outbox } from '../store/schema.ts';
import type { StoreReader } from '../store/store.ts';

/** What was sent, or frozen to be sent, needs the event no more. */
export const isOnItsWay = async (reader: StoreReader, eventNid: number): Promise<boolean> => {
  for (const row of await reader.scan(outbox, { index: 'by_event', where: { event_nid: eventNid } })) {
    const set = await reader.get(destinationSets, { destination_set: row.destination_set });
    for (const server_nid of set === undefined ? [] : decodeNids(set.members)) {
      const cursor = (await reader.get(destinations, { server_nid }))?.cursor ?? 0;
      if (cursor < row.position) return true;
    }
  }
  return false;
};
