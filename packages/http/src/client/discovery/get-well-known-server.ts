import { notFound } from '@causeway/homeserver';
import { openRoute } from '../client-route.ts';

/** @see https://spec.matrix.org/v1.19/server-server-api/#getwell-knownmatrixserver */
export const getWellKnownServer = openRoute('GET', ['/.well-known/matrix/server'], async ({ settings }) => {
  if (settings.federationAddress === undefined) throw notFound('This server delegates to no other address.');
  return { 'm.server': settings.federationAddress };
});
