export { memberRoutes } from './member-routes.ts';
export { openWebApp, type WebApp } from './web-app.ts';
export type { SetupPage, WorkspaceApi, WorkspaceInfo } from './workspace-api.ts';
export { workspaceRoutes } from './workspace-routes.ts';
