import type { EventId, Pdu } from '@causeway/protocol';
import type { VerifiedPdu } from '../rooms/receive-pdu.ts';

/** The events, each after those among them that it names. Iterative; a cycle can't be built from hashes. */
export const inDependencyOrder = (
  events: readonly VerifiedPdu[],
  dependencies: (pdu: Pdu) => readonly EventId[],
): readonly VerifiedPdu[] => {
  const byId = new Map(events.map((event) => [event.eventId, event]));
  const ordered: VerifiedPdu[] = [];
  const state = new Map<EventId, 'open' | 'done'>();
  for (const root of byId.values()) {
    const stack = [root];
    for (let event = stack.at(-1); event !== undefined; event = stack.at(-1)) {
      if (state.get(event.eventId) !== undefined) {
        stack.pop();
        if (state.get(event.eventId) === 'open') ordered.push(event);
        state.set(event.eventId, 'done');
        continue;
      }
      state.set(event.eventId, 'open');
      for (const id of dependencies(event.pdu)) {
        const dependency = byId.get(id);
        if (dependency !== undefined && state.get(id) === undefined) stack.push(dependency);
      }
    }
  }
  return ordered;
};
