import { MatrixError } from '@causeway/homeserver';
import { isJsonObject, type JsonObject, ownProperty } from '@causeway/protocol';
import type { SetupRequest } from '@causeway/workspace';
import { errorAnswer } from '../error-answer.ts';
import type { HttpRoute } from '../route.ts';
import { fresh, type WorkspaceApi } from './workspace-api.ts';

/** A few names; more is somebody's mistake. */
const MAX_BODY_BYTES = 16_384;

/** `POST /_causeway/setup`: names the workspace, fixes the server name, makes the first admin. */
export const postSetup = (workspace: WorkspaceApi): HttpRoute => ({
  method: 'POST',
  paths: ['/_causeway/setup'],
  maxBodyBytes: MAX_BODY_BYTES,
  handle: async (request) => {
    const result = await workspace.completeSetup(readSetupRequest(request.jsonObject()));
    if (result.kind === 'done') return fresh({ user_id: result.userId, server_name: result.serverName });
    return errorAnswer(result.error);
  },
});

const readSetupRequest = (body: JsonObject): SetupRequest => {
  const admin = ownProperty(body, 'admin');
  const serverName = ownProperty(body, 'server_name') ?? undefined;
  if (!isJsonObject(admin) || (serverName !== undefined && typeof serverName !== 'string')) throw badBody();
  return {
    token: textOf(body, 'token'),
    workspaceName: textOf(body, 'workspace_name'),
    serverName,
    admin: { username: textOf(admin, 'username'), password: textOf(admin, 'password') },
  };
};

const textOf = (body: JsonObject, name: string): string => {
  const value = ownProperty(body, name);
  if (typeof value !== 'string') throw badBody();
  return value;
};

const badBody = () =>
  new MatrixError(
    'M_BAD_JSON',
    'The body must have token, workspace_name and admin with username and password.',
  );
