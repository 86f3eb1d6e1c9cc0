import type { MatrixClient } from 'matrix-js-sdk';
import { hasFeature } from '../session/features.ts';
import { request } from '../session/matrix-request.ts';
import { errorCode } from '../session/problem.ts';

export type NewInvitation = {
  readonly roomId: string;
  readonly userId: string;
  readonly note: string;
  readonly expiresInMs: number | undefined;
};

/** Invites somebody; the invitation is taken back by this server when it expires. */
export async function sendInvitation(client: MatrixClient, invitation: NewInvitation): Promise<void> {
  const { roomId, userId, note, expiresInMs } = invitation;
  const accessToken = client.getAccessToken() ?? '';
  const reason = note.trim() || undefined;
  if (!(await hasFeature('expiry', accessToken))) {
    await client.invite(roomId, userId, reason ? { reason } : {});
    return;
  }
  await request(`/_causeway/rooms/${encodeURIComponent(roomId)}/invitations`, {
    method: 'POST',
    accessToken,
    body: { user_id: userId, reason, expires_in_ms: expiresInMs },
  });
}

/** The invited person's server does not know the version of the room. */
export const isVersionRefusal = (problem: unknown): boolean =>
  ['M_UNSUPPORTED_ROOM_VERSION', 'M_INCOMPATIBLE_ROOM_VERSION'].includes(errorCode(problem) ?? '');
