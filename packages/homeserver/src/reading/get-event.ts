/** @see https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3roomsroomideventeventid */
import type { UserId } from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import { notFound } from '../matrix-error.ts';
import type { StoredEvent } from '../rooms/event-cache.ts';
import type { StoreReader } from '../store/store.ts';
import { type ClientEvent, clientEvent } from './client-event.ts';
import { openRoom, type Reading } from './room-access.ts';
import { type VisibilityTest, visibilityTest } from './visible-events.ts';
import { faultOf } from '../refusals.ts';

/** Who wants to see which event, from which device. */
export type EventRequest = {
  readonly userId: UserId;
  readonly deviceId: string;
  readonly roomId: string;
  readonly eventId: string;
};

/** An event that the person who asked may see, in its room. */
export type VisibleEvent = Reading & { readonly event: StoredEvent; readonly visibility: VisibilityTest };

/** Opens a room at an event. @throws M_NOT_FOUND also when the event may not be seen */
export const openEvent = async (
  engine: Engine,
  reader: StoreReader,
  request: EventRequest,
): Promise<VisibleEvent> => {
  const reading = await openRoom(engine, reader, request, request.roomId);
  const visibility = await visibilityTest(engine, reader, reading.viewer);
  const event = await engine.events.byId(reader, request.eventId);
  const visible =
    event?.roomNid === reading.room.room_nid && event.position !== null && (await visibility.canSee(event));
  if (event === undefined || !visible) {
    throw notFound(faultOf('event-not-seen'));
  }
  return { ...reading, event, visibility };
};

/**
 * An event as one user sees it, with its aggregated relations.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3roomsroomideventeventid
 * @throws M_FORBIDDEN, M_NOT_FOUND
 */
export const getEvent = (engine: Engine, request: EventRequest): Promise<ClientEvent> =>
  engine.store.read(async (reader) => {
    const { room, viewer, event, visibility } = await openEvent(engine, reader, request);
    return clientEvent(engine, reader, event, {
      viewer,
      room,
      visibility,
      withRoomId: true,
      withRelations: true,
    });
  });
