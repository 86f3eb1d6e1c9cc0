import { EventType, type MatrixClient, Method, type Room, RoomStateEvent } from 'matrix-js-sdk';
import { useEffect, useState } from 'react';
import { t } from '../i18n/translate.ts';
import { isObject, type JsonObject } from '../session/matrix-request.ts';
import { useWorkspace } from '../session/workspace-session.ts';

/** The content of a state event, in step with the room; empty when there is none. */
export function useRoomState(room: Room, type: string): JsonObject {
  const [, setVersion] = useState(0);
  useEffect(() => {
    const update = () => setVersion((version) => version + 1);
    room.on(RoomStateEvent.Update, update);
    return () => void room.off(RoomStateEvent.Update, update);
  }, [room]);
  const content: unknown = room.currentState.getStateEvents(type, '')?.getContent();
  return isObject(content) ? content : {};
}

/** Why this person may not change a kind of state here; undefined when they may. */
export function useStateRefusal(room: Room, type: string): string | undefined {
  const { client } = useWorkspace();
  useRoomState(room, EventType.RoomPowerLevels);
  return room.currentState.maySendStateEvent(type, client.getSafeUserId()) ? undefined : t('settings.mayNot');
}

/** Any state event, also those that the SDK has no type for. */
export function putState(
  client: MatrixClient,
  roomId: string,
  type: string,
  content: JsonObject,
): Promise<unknown> {
  return client.http.authedRequest(
    Method.Put,
    `/rooms/${encodeURIComponent(roomId)}/state/${encodeURIComponent(type)}/`,
    undefined,
    { ...content },
  );
}
