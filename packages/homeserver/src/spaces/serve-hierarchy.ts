/** @see https://spec.matrix.org/v1.19/server-server-api/#get_matrixfederationv1hierarchyroomid */
import type { ServerName } from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import { notFound } from '../matrix-error.ts';
import { roomById } from '../rooms/current-state.ts';
import { isServerInRoom } from '../rooms/servers-in-room.ts';
import type { RoomRow } from '../store/schema.ts';
import type { StoreReader } from '../store/store.ts';
import { mayServerSeeRoom } from './may-see-room.ts';
import { type RoomSummary, type SpaceChild, spaceChildren, summariseRoom } from './summarise-room.ts';

/**
 * A room and its children for another server.
 *
 * @see https://spec.matrix.org/v1.19/server-server-api/#get_matrixfederationv1hierarchyroomid
 */
export type HierarchyAnswer = {
  readonly room: RoomSummary & { readonly children_state: readonly SpaceChild[] };
  readonly children: readonly RoomSummary[];
  /** Children that the origin may not see. */
  readonly inaccessible_children: readonly string[];
};

/** Children told of in one answer. */
const MAX_CHILDREN = 100;

/** @throws M_NOT_FOUND also for a room that the origin may not see */
export const serveHierarchy = (
  engine: Engine,
  input: { readonly origin: ServerName; readonly roomId: string; readonly suggestedOnly: boolean },
): Promise<HierarchyAnswer> =>
  engine.store.read(async (reader) => {
    const { origin } = input;
    const room = await roomHere(engine, reader, input.roomId);
    if (room === undefined || !(await mayServerSeeRoom(engine, reader, room, origin))) {
      throw notFound(`${engine.serverName} tells nothing of this room.`);
    }
    const found = (await spaceChildren(engine, reader, room))
      .filter(({ content }) => !input.suggestedOnly || content.suggested === true)
      .slice(0, MAX_CHILDREN);
    const children: RoomSummary[] = [];
    const inaccessible_children: string[] = [];
    for (const { state_key } of found) {
      const child = await roomHere(engine, reader, state_key);
      if (child === undefined) continue;
      if (!(await mayServerSeeRoom(engine, reader, child, origin))) inaccessible_children.push(state_key);
      else children.push(await summariseRoom(engine, reader, child));
    }
    const summary = await summariseRoom(engine, reader, room);
    return { room: { ...summary, children_state: found }, children, inaccessible_children };
  });

/** A room that this server is in now: of others it knows nothing that is true today. */
export const roomHere = async (
  engine: Engine,
  reader: StoreReader,
  roomId: string,
): Promise<RoomRow | undefined> => {
  const room = await roomById(reader, roomId);
  const here = room && (await isServerInRoom(engine, reader, room.room_nid, engine.serverName));
  return here === true ? room : undefined;
};
