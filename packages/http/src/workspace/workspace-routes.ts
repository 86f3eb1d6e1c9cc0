import type { HttpRoute } from '../route.ts';
import { getMe } from './get-me.ts';
import { getSetup } from './get-setup.ts';
import { getWorkspace } from './get-workspace.ts';
import { postSetup } from './post-setup.ts';
import type { WorkspaceApi } from './workspace-api.ts';

/** The endpoints under `/_causeway/`. They answer before set-up too, when there is no homeserver yet. */
export const workspaceRoutes = (workspace: WorkspaceApi): readonly HttpRoute[] => [
  getWorkspace(workspace),
  getSetup(workspace),
  postSetup(workspace),
  getMe(workspace),
];
