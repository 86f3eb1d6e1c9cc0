/**
 * Redactions change the stored event: what was removed is not served again to anybody.
 *
 * @see https://spec.matrix.org/v1.19/rooms/v11/#handling-redactions
 */
import { type EventId, mayRedact, redact } from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import { relationOf } from '../reading/client-event.ts';
import { forgetWords } from '../search/search-index.ts';
import { pendingRedactions, type RoomRow, redactedReplies } from '../store/schema.ts';
import type { StoreTx } from '../store/store.ts';
import { rulesOf, stateEvent } from './current-state.ts';
import type { StoredEvent } from './event-cache.ts';

/** Applies a redaction to its target, or keeps it until the target arrives. */
export const applyRedaction = async (
  engine: Engine,
  tx: StoreTx,
  room: RoomRow,
  redaction: StoredEvent,
  targetId: EventId,
): Promise<void> => {
  const target = await engine.events.byId(tx, targetId);
  if (target === undefined) {
    await tx.put(pendingRedactions, { target_event_id: targetId, redaction_nid: redaction.eventNid });
    return;
  }
  if (target.roomNid !== room.room_nid || target.redactedBy !== null || target.verdict === 'purged') return;
  if (target.pdu.type === 'm.room.create' || !(await isCarriedOut(engine, tx, room, redaction, target)))
    return;
  await forgetWords(tx, target);
  const relation = relationOf(target.pdu.content);
  if (relation?.relType === 'm.thread')
    await tx.put(redactedReplies, { event_nid: target.eventNid, thread_root: relation.eventId });
  await engine.events.update(tx, target.eventNid, {
    json: JSON.stringify(redact(rulesOf(room), target.pdu)),
    redacted_by: redaction.eventId,
  });
};

/** Applies the redactions that arrived before their target. */
export const applyPendingRedactions = async (
  engine: Engine,
  tx: StoreTx,
  room: RoomRow,
  target: StoredEvent,
): Promise<void> => {
  const waiting = await tx.scan(pendingRedactions, { where: { target_event_id: target.eventId } });
  for (const row of waiting) {
    const redaction = await engine.events.byNid(tx, row.redaction_nid);
    await tx.delete(pendingRedactions, row);
    if (redaction.roomNid === room.room_nid) {
      await applyRedaction(engine, tx, room, redaction, target.eventId);
    }
  }
};

const isCarriedOut = async (
  engine: Engine,
  tx: StoreTx,
  room: RoomRow,
  redaction: StoredEvent,
  target: StoredEvent,
): Promise<boolean> => {
  const rules = rulesOf(room);
  const root = redaction.stateBefore ?? room.state_root;
  const create = await engine.events.byNid(tx, room.create_event_nid);
  const levels = (await stateEvent(engine, tx, room, 'm.room.power_levels', '', root))?.pdu;
  return mayRedact({
    rules,
    redaction: redaction.pdu,
    target: target.pdu,
    createEvent: create.pdu,
    powerLevels: levels,
  });
};
