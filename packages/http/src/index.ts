export { federationRoutes } from './federation/federation-routes.ts';
export { createHttpApp, type HttpApp, type HttpAppOptions } from './http-app.ts';
export * from './workspace/index.ts';
export { Answer, HttpRequest, type HttpRoute } from './route.ts';
export { errorAnswer } from './error-answer.ts';
export { readJson, refuseFaults } from './read-json.ts';
export { clientRoutes } from './client/client-routes.ts';
export {
  accessTokenOf,
  authenticate,
  type ClientContext,
  type ClientSettings,
} from './client/client-route.ts';
export type * from './client/accounts.ts';
