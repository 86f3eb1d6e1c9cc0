/** Indexes what an event relates to. @see https://spec.matrix.org/v1.19/client-server-api/#forming-relationships-between-events */
import { isJsonObject } from '@causeway/protocol';
import { relations } from '../store/schema.ts';
import type { StoreTx } from '../store/store.ts';
import type { StoredEvent } from './event-cache.ts';

export const recordRelation = async (tx: StoreTx, event: StoredEvent): Promise<void> => {
  const relation = event.pdu.content['m.relates_to'];
  if (!isJsonObject(relation) || event.position === null) return;
  const { event_id, rel_type, key } = relation;
  if (typeof event_id !== 'string' || typeof rel_type !== 'string') return;
  await tx.put(relations, {
    room_nid: event.roomNid,
    target_event_id: event_id,
    position: event.position,
    event_nid: event.eventNid,
    rel_type,
    key: typeof key === 'string' ? key : null,
  });
};
