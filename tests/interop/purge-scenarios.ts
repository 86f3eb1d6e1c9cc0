/** What an admin of a Causeway deletes there leaves the room as it is for everybody else. */
import { randomUUID } from 'node:crypto';
import { type MatrixClient, request } from './matrix-client.ts';
import {
  adminOf,
  allBodies,
  bothWays,
  equal,
  exchange,
  fromCauseway,
  inRoom,
  type Scenario,
  type Sides,
  serverOf,
  sharedRoom,
  until,
  untilMembership,
} from './two-sides.ts';

const adminPath = (roomId: string, action: string) =>
  `/_causeway/admin/rooms/${encodeURIComponent(roomId)}/${action}`;

const asAdmin = (admin: MatrixClient, path: string, body: { readonly [name: string]: unknown }) =>
  request({ method: 'POST', url: `${admin.baseUrl}${path}`, token: admin.token, body });

/** Until nothing is left of what was said; what the other server still has to get goes later. */
const purge = async ({ causeway, ours }: Sides, roomId: string): Promise<void> => {
  const admin = await adminOf(causeway);
  await until('an empty room', async () => {
    await asAdmin(admin, adminPath(roomId, 'purge'), { before_ts: Date.now() });
    return (await allBodies(ours, roomId)).length === 0;
  });
};

const say = (by: MatrixClient, roomId: string, body: string) =>
  by.call('PUT', `v3/${inRoom(roomId)}/send/m.room.message/${randomUUID()}`, { msgtype: 'm.text', body });

const untilRead = (by: MatrixClient, roomId: string, body: string) =>
  until(`${body} at ${by.userId}`, async () => (await allBodies(by, roomId)).includes(body));

export const purgeScenarios: readonly Scenario[] = [
  ...bothWays('a room whose history was purged here goes on', [], async (direction, sides) => {
    const roomId = await sharedRoom(direction, { preset: 'public_chat' });
    for (const by of [sides.ours, sides.theirs]) await say(by, roomId, `old words of ${by.userId}`);
    for (const by of [sides.ours, sides.theirs]) {
      await untilRead(by, roomId, `old words of ${sides.ours.userId}`);
      await untilRead(by, roomId, `old words of ${sides.theirs.userId}`);
    }
    const before = await allBodies(sides.theirs, roomId);
    await purge(sides, roomId);
    equal(await allBodies(sides.theirs, roomId), before, 'what Synapse has');
    await exchange(direction, roomId);
    const newcomer = await sides.colleagueOf(sides.theirs);
    await newcomer.join(roomId, [serverOf(sides.theirs)]);
    await untilMembership(sides.ours, roomId, newcomer, 'join');
    await say(newcomer, roomId, 'what did I miss?');
    await untilRead(sides.ours, roomId, 'what did I miss?');
    equal(
      (await allBodies(sides.ours, roomId)).filter((body) => before.includes(body)),
      [],
      'what came back',
    );
  }),
  fromCauseway('Synapse comes into a room whose history was purged', [], async ({ here, there }, sides) => {
    const roomId = await here.createRoom({
      preset: 'public_chat',
      creation_content: { 'm.federate': true },
    });
    for (const body of ['one', 'two', 'three']) await say(here, roomId, body);
    await purge(sides, roomId);
    await there.join(roomId, [serverOf(here)]);
    await untilMembership(here, roomId, there, 'join');
    // It scrolls up to where nothing is any more.
    equal(await allBodies(there, roomId), [], 'what Synapse gets of what was purged');
    await say(there, roomId, 'hello from Synapse');
    await untilRead(here, roomId, 'hello from Synapse');
    await say(here, roomId, 'hello from Causeway');
    await untilRead(there, roomId, 'hello from Causeway');
  }),
  fromCauseway('a room that is removed here goes on there', [], async (direction, sides) => {
    const { here, there } = direction;
    const roomId = await sharedRoom(direction, { preset: 'public_chat' });
    await exchange(direction, roomId);
    const admin = await adminOf(sides.causeway);
    await asAdmin(admin, adminPath(roomId, 'removal'), { reason: 'The pilot is over.' });
    await until('Synapse to hear the reason', async () => {
      const member = await there.state(roomId, 'm.room.member', here.userId);
      return member['membership'] === 'leave' && member['reason'] === 'The pilot is over.';
    });
    await until('the room to be gone', async () => {
      const url = `${admin.baseUrl}/_causeway/admin/rooms/${encodeURIComponent(roomId)}`;
      return request({ method: 'GET', url, token: admin.token }).then(
        () => false,
        () => true,
      );
    });
    await here.join(roomId, [serverOf(there)]);
    await untilMembership(there, roomId, here, 'join');
    await exchange(direction, roomId);
  }),
];
