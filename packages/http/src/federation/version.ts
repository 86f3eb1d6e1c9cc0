import { packageVersion } from '../package-version.ts';
import { openRoute } from './federation-route.ts';

/** @see https://spec.matrix.org/v1.19/server-server-api/#get_matrixfederationv1version */
export const getVersion = openRoute('GET', ['/_matrix/federation/v1/version'], async () => ({
  server: { name: 'Causeway', version: packageVersion },
}));
