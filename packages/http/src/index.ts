export type * from './client/accounts.ts';
export {
  accessTokenOf,
  authenticate,
  type ClientContext,
  type ClientSettings,
} from './client/client-route.ts';
export { clientRoutes } from './client/client-routes.ts';
export { createRepeatedRequests } from './client/repeated-requests.ts';
export type * from './client/reports.ts';
export { createEgress, type Egress, type EgressOptions } from './egress/egress.ts';
export { errorAnswer } from './error-answer.ts';
export { federationRoutes } from './federation/federation-routes.ts';
export { InboundLimits } from './federation/inbound-limits.ts';
export * from './federation-check/index.ts';
export { createHttpApp, type HttpApp, type HttpAppOptions } from './http-app.ts';
export { readJson, refuseFaults } from './read-json.ts';
export { Answer, HttpRequest, type HttpRoute } from './route.ts';
export * from './workspace/index.ts';
