import { forbidden } from '@causeway/homeserver';
import type { HttpRoute } from '../route.ts';
import { fresh, type WorkspaceApi } from './workspace-api.ts';

/** `GET /_causeway/setup?token=`: whether a set-up link is valid, and what its page starts with. */
export const getSetup = (workspace: WorkspaceApi): HttpRoute => ({
  method: 'GET',
  paths: ['/_causeway/setup'],
  handle: async (request) => {
    const page = await workspace.setupPage(request.query.get('token') ?? '');
    if (page === undefined) {
      throw forbidden(
        'This set-up link was used, is too old or was replaced. A restart prints a new one to the console.',
      );
    }
    return fresh({
      valid: true,
      suggested_server_name: page.suggestedServerName,
      server_name_fixed: page.serverNameFixed,
    });
  },
});
