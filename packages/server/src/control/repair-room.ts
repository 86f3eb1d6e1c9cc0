/** `causeway room repair`. */
import { aliases, invalidParam, repairRoom } from '@causeway/homeserver';
import { parseRoomId, parseServerName } from '@causeway/protocol';
import { COMMAND_LINE, recordAudit } from '@causeway/workspace';
import type { ControlTarget } from './control-command.ts';

/** @throws M_INVALID_PARAM, and what `repairRoom` throws */
export const repairNamedRoom = async (
  { context, homeserver }: Pick<ControlTarget, 'context' | 'homeserver'>,
  { room, from }: { readonly room: string; readonly from: string },
): Promise<string> => {
  if (homeserver === undefined) {
    throw invalidParam('Start the workspace first: a room is repaired with the help of another server.');
  }
  const server = parseServerName(from);
  if (server === undefined) throw invalidParam(`${from} is not the name of a server.`);
  const alias = room.startsWith('#')
    ? await context.store.read((reader) => reader.get(aliases, { alias: room }))
    : undefined;
  const roomId = parseRoomId(alias?.room_id ?? room);
  if (roomId === undefined) {
    throw invalidParam(
      `A room is named by its ID (!…) or by an alias of this server (#name:${context.serverName}).`,
    );
  }
  // Written before: who tried is known also when it fails half-way.
  await recordAudit(context, {
    action: 'room.repair',
    by: COMMAND_LINE,
    target: roomId,
    after: { from: server },
  });
  const { changed, events } = await repairRoom(homeserver.engine, { roomId, server });
  const differs = changed === 0 ? 'was as it is there' : `differed in ${changed} places`;
  return `The state of ${roomId} is that of ${server} now: ${events} events. It ${differs}.`;
};
