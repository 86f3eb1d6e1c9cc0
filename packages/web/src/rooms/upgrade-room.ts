import type { MatrixClient } from 'matrix-js-sdk';
import { request, text } from '../session/matrix-request.ts';

export type Upgrade = { readonly version?: string; readonly federate?: boolean };

/** Makes the room anew and leads from the old one to the new one; the ID of the new one. */
export async function upgradeRoom(client: MatrixClient, roomId: string, upgrade: Upgrade): Promise<string> {
  const body = await request(`/_causeway/rooms/${encodeURIComponent(roomId)}/upgrade`, {
    method: 'POST',
    accessToken: client.getAccessToken() ?? '',
    body: { room_version: upgrade.version, federate: upgrade.federate },
  });
  return text(body.replacement_room) ?? '';
}
