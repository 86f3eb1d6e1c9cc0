/** Whoever was signed out, deactivated or erased is refused wherever an access token is asked for. */
import { makeAdmin } from '@causeway/testing/admins';
import { startClientServer } from '@causeway/testing/client-server';
import { describe, expect, it } from 'vitest';
import { clientOperations } from './client/client-routes.ts';
import { adminOperations } from './workspace/admin/admin-routes.ts';
import { memberOperations } from './workspace/member-routes.ts';

/** What anybody may ask for without signing in, as the specification has it; the old media routes serve nobody. */
const open = [
  /^GET \/\.well-known\//,
  /^GET \/_matrix\/client\/versions$/,
  /^GET .*\/login$/,
  /^POST .*\/(?:login|register)$/,
  /^GET .*\/register\//,
  /^GET .*\/directory\/(?:list\/)?room\//,
  /^GET .*\/publicRooms$/,
  /^GET .*\/profile\//,
  /^GET \/_matrix\/media\/(?:v3|r0|v1)\/(?:download|thumbnail)\//,
];

const closed = [...clientOperations, ...memberOperations, ...adminOperations]
  .flatMap(({ method, paths }) => paths.map((path) => ({ method, path })))
  .filter(({ method, path }) => !open.some((one) => one.test(`${method} ${path}`)));

const urlOf = (path: string) =>
  path
    .replaceAll(':roomId', '!room:north.test')
    .replaceAll(':userId', '@ada:north.test')
    .replaceAll(/:[A-Za-z]+(?=\/|$)|\*/g, 'x');

describe.each(['signed out', 'deactivated', 'erased'])('a person who was %s', (how) => {
  it('is refused on every route that is not for everybody', async () => {
    await using server = await startClientServer();
    const [root, ada] = [await server.person('root'), await server.person('ada')];
    await makeAdmin(server, root);
    await makeAdmin(server, ada);
    const path = `/_causeway/admin/people/${ada.userId}`;
    await ada.ok('GET', '/_causeway/admin/people');
    if (how === 'signed out') await root.ok('DELETE', `${path}/sessions`);
    else await root.ok('POST', `${path}/deactivation`, { erase: how === 'erased' });
    const through: string[] = [];
    for (const { method, path } of closed) {
      const { status, body } = await ada.call(method, urlOf(path), method === 'GET' ? undefined : {});
      if (status !== 401 || body.errcode !== 'M_UNKNOWN_TOKEN') through.push(`${method} ${path}: ${status}`);
    }
    expect(through).toEqual([]);
    // Rooms, messages, search, files, keys, devices, push, presence, the app's own and the admin's.
    expect(closed.length).toBeGreaterThan(180);
  });
});
