import { notFound } from '@causeway/homeserver';
import { openRoute } from '../client-route.ts';

/** @see https://spec.matrix.org/v1.19/client-server-api/#getwell-knownmatrixclient */
export const getWellKnownClient = openRoute('GET', ['/.well-known/matrix/client'], async ({ settings }) => {
  if (settings.publicUrl === undefined) throw notFound('This server has no public address.');
  return { 'm.homeserver': { base_url: settings.publicUrl } };
});
