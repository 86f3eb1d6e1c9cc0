import { notFound } from '@causeway/homeserver';
import { openRoute } from '../client-route.ts';

const paths = ['v3', 'r0', 'v1'].flatMap((version) =>
  ['download', 'thumbnail'].flatMap((kind) => {
    const path = `/_matrix/media/${version}/${kind}/:serverName/:mediaId`;
    return kind === 'download' ? [path, `${path}/:fileName`] : [path];
  }),
);

/** Nothing is served without an access token. @see https://spec.matrix.org/v1.19/client-server-api/#content-repo-server-behaviour */
export const refuseUnauthenticatedMedia = openRoute('GET', paths, async () => {
  throw notFound('Files are served to people with an account only.');
});
