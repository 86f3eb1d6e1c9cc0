import { MatrixError } from '@causeway/homeserver';
import type { HttpRoute } from '../route.ts';
import { fresh, type WorkspaceApi } from './workspace-api.ts';

/** `GET /_causeway/me`: who I am in this workspace and what I may do. */
export const getMe = (workspace: WorkspaceApi): HttpRoute => ({
  method: 'GET',
  paths: ['/_causeway/me'],
  handle: async (request) => {
    const token = /^Bearer +(\S+) *$/i.exec(request.header('authorization') ?? '')?.[1];
    if (token === undefined) throw new MatrixError('M_MISSING_TOKEN', 'Sign in first.');
    const standing = await workspace.standing(token);
    if (standing === undefined) {
      throw new MatrixError('M_UNKNOWN_TOKEN', 'This session has ended. Sign in again.');
    }
    return fresh({ user_id: standing.userId, role: standing.role, permissions: standing.permissions });
  },
});
