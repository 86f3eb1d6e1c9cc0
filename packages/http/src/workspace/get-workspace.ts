import type { HttpRoute } from '../route.ts';
import { fresh, type WorkspaceApi } from './workspace-api.ts';

/** `GET /_causeway/workspace`: what the app must know before anybody signed in. Public. */
export const getWorkspace = (workspace: WorkspaceApi): HttpRoute => ({
  method: 'GET',
  paths: ['/_causeway/workspace'],
  handle: async () => {
    const { state, name, serverName, trial, federation } = await workspace.info();
    return fresh({ state, name, server_name: serverName, trial, federation });
  },
});
