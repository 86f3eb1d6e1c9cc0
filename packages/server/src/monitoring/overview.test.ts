import { rmSync } from 'node:fs';
import { parseUserId } from '@causeway/protocol';
import { setRole } from '@causeway/workspace';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { temporaryFolder } from '../test-support/causeway-process.ts';
import { register, run, v3 } from '../test-support/running-workspace.ts';

let data: string;
beforeEach(() => {
  data = temporaryFolder();
});
afterEach(() => rmSync(data, { recursive: true, force: true }));

const OVERVIEW = '/_causeway/admin/overview';

it('the overview tells admins, and nobody else, how the workspace does', async () => {
  await using workspace = await run(data);
  const ada = await register(workspace.httpPort, 'ada');
  const mel = await register(workspace.httpPort, 'mel');
  const admin = parseUserId('@ada:north.test');
  if (workspace.context === undefined || admin === undefined) throw new Error('it is not set up');
  await setRole(workspace.context, admin, 'admin');
  expect((await mel.ask('GET', OVERVIEW)).status).toBe(403);
  expect((await ada.ask('GET', `${OVERVIEW}?hours=soon`)).status).toBe(400);
  await ada.ok('POST', '/_matrix/media/v3/upload', 'twelve bytes');
  await ada.ok('POST', `${v3}/createRoom`, {});
  const { now, samples } = await ada.ok('GET', `${OVERVIEW}?hours=1`);
  expect(now).toMatchObject({
    checks: { database: 'ok', tables: 'ok', outbox: 'ok' },
    ...{ servers: 1, failing: 0, waiting: 0, staged: 0, mediaFiles: 1, mediaBytes: 12 },
  });
  expect(samples).toEqual([]);
});
