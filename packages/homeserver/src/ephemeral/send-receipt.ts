/** @see https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3roomsroomidreceiptreceipttypeeventid */
import type { UserId } from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import { invalidParam } from '../matrix-error.ts';
import { openJoinedRoom } from '../reading/room-access.ts';
import { silenceOf } from '../rooms/speak-outside.ts';
import { markRead } from '../users/read-floors.ts';
import { storeReceipt } from './store-receipt.ts';
import { threadOfEvent } from './thread-of-event.ts';

/**
 * A receipt of a local user for an event that they have read.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#receipts
 */
export type SendReceipt = {
  readonly roomId: string;
  readonly userId: UserId;
  readonly deviceId: string;
  readonly type: 'm.read' | 'm.read.private';
  readonly eventId: string;
  /** Undefined: unthreaded. */
  readonly threadId: string | undefined;
};

/** A local user has read up to an event. @throws M_FORBIDDEN, M_INVALID_PARAM */
export const sendReceipt = async (engine: Engine, input: SendReceipt): Promise<void> => {
  const ts = engine.clock.now();
  const { room, stream } = await engine.store.transact(async (tx) => {
    const { room, viewer } = await openJoinedRoom(engine, tx, input, input.roomId);
    const event = await engine.events.byId(tx, input.eventId);
    const inRoom = event?.roomNid === room.room_nid ? event : undefined;
    if (input.threadId !== undefined && inRoom !== undefined) {
      const thread = (await threadOfEvent(engine, tx, inRoom)) || 'main';
      const isRoot = input.threadId === inRoom.eventId;
      if (thread !== input.threadId && !isRoot) {
        throw invalidParam(`Event ${input.eventId} is not in the thread that "thread_id" names.`);
      }
    }
    const receipt = {
      roomNid: room.room_nid,
      userNid: viewer.userNid ?? (await engine.names.internUser(tx, input.userId)),
      type: input.type,
      threadId: input.threadId ?? '',
      eventId: input.eventId,
      position: inRoom?.position ?? null,
      ts,
    };
    const stream = await storeReceipt(engine, tx, receipt);
    if (stream !== undefined && receipt.position !== null) {
      await markRead(tx, { ...receipt, position: receipt.position });
    }
    return { room, stream };
  });
  if (stream === undefined) return;
  engine.notifier.publish({ stream, roomNids: [room.room_nid] });
  if (input.type === 'm.read.private' || room.federate === 0) return;
  if ((await silenceOf(engine, input.userId, room.room_id)) !== undefined) return;
  const data = { ts, ...(input.threadId === undefined ? {} : { thread_id: input.threadId }) };
  await engine.outbound.sendEdu({
    roomNid: room.room_nid,
    edu: {
      edu_type: 'm.receipt',
      content: {
        [room.room_id]: { 'm.read': { [input.userId]: { data, event_ids: [input.eventId] } } },
      },
    },
    replaceKey: `m.receipt/${room.room_id}/${input.userId}/${input.threadId ?? ''}`,
  });
};
