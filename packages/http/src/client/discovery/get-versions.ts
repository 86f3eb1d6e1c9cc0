import { openRoute } from '../client-route.ts';

/** Released versions whose endpoints this server serves as far as it has the features at all. */
const versions: readonly string[] = [
  'r0.6.1',
  'v1.1',
  'v1.2',
  'v1.3',
  'v1.4',
  'v1.5',
  'v1.6',
  'v1.7',
  'v1.8',
  'v1.9',
  'v1.10',
  'v1.11',
  'v1.12',
];

/** @see https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientversions */
export const getVersions = openRoute('GET', ['/_matrix/client/versions'], async () => ({
  versions,
  unstable_features: { 'org.matrix.msc4222': true },
}));
