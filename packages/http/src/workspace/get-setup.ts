import { setupLinkRefusal } from '@causeway/workspace';
import type { HttpRoute } from '../route.ts';
import { fresh, type WorkspaceApi } from './workspace-api.ts';

/** `GET /_causeway/setup?token=`: whether a set-up link is valid, and what its page starts with. */
export const getSetup = (workspace: WorkspaceApi): HttpRoute => ({
  method: 'GET',
  paths: ['/_causeway/setup'],
  handle: async (request) => {
    const page = await workspace.setupPage(request.query.get('token') ?? '');
    if (typeof page === 'string') throw setupLinkRefusal(page);
    return fresh({
      valid: true,
      suggested_server_name: page.suggestedServerName,
      server_name_fixed: page.serverNameFixed,
    });
  },
});
