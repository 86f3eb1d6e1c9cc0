import { Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import { localpartOf } from '@causeway/protocol';
import { exportPerson, recordAudit, requirePerson } from '@causeway/workspace';
import { userIdOf } from '../../../client/client-route.ts';
import { Answer } from '../../../route.ts';
import { adminRoute } from '../admin-route.ts';
import { tarOf } from './tar.ts';

/** `GET /_causeway/admin/people/{userId}/export`: a `tar.gz` whose first file explains the others. */
export const getPersonExport = adminRoute('GET', '/people/:userId/export', async (call) => {
  const { request, workspace, engine, by } = call;
  const userId = userIdOf(request);
  await requirePerson(workspace, userId);
  await recordAudit(workspace, { action: 'account.export', by, target: userId });
  const packed = createGzip();
  // A fault half-way ends the download where it stands, and browsers say that it failed.
  Readable.from(tarOf(exportPerson(workspace, engine, userId)))
    .on('error', (error) => packed.destroy(error))
    .pipe(packed);
  const name = localpartOf(userId).replaceAll(/[^a-z0-9._-]/g, '_');
  return new Answer(200, packed, {
    'content-type': 'application/gzip',
    'content-disposition': `attachment; filename="${name}.tar.gz"`,
    'cache-control': 'no-store',
  });
});
