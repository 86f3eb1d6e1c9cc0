/** Settings of rooms: picture, access, history, server ACL; what never leaves; encrypted rooms. */
import { makePicture } from '../browser/picture.ts';
import type { MatrixClient } from './matrix-client.ts';
import {
  allBodies,
  at,
  bothWays,
  equal,
  exchange,
  fromCauseway,
  letIn,
  listOf,
  refusalOf,
  type Scenario,
  serverOf,
  sharedRoom,
  until,
  untilMembership,
} from './two-sides.ts';

const HISTORY = 'm.room.history_visibility';
const ENCRYPTION = { algorithm: 'm.megolm.v1.aes-sha2' };

const withHistory = (by: MatrixClient, history_visibility: string, options: object = {}) =>
  by.createRoom({
    preset: 'private_chat',
    initial_state: [{ type: HISTORY, state_key: '', content: { history_visibility } }],
    ...options,
  });

/** What somebody can read of what was written before the invitation, before joining and after it. */
const expectReadable = async (
  { here, there }: { readonly here: MatrixClient; readonly there: MatrixClient },
  roomId: string,
  expected: readonly string[],
): Promise<void> => {
  const sent = [await here.sendText(roomId, 'before all')];
  await here.invite(roomId, there.userId);
  await there.waitForInvitation(roomId);
  sent.push(await here.sendText(roomId, 'while invited'));
  await there.join(roomId, [serverOf(here)]);
  await untilMembership(here, roomId, there, 'join');
  sent.push(await here.sendText(roomId, 'when joined'));
  await there.waitForText(roomId, 'when joined');
  const bodies = await until('the history', async () => {
    const all = await allBodies(there, roomId);
    return expected.every((body) => all.includes(body)) && all;
  });
  // What is not listed can't be asked for, either.
  for (const eventId of sent) {
    const event = await there.event(roomId, eventId).catch(() => undefined);
    const body = event?.content['body'];
    if (body !== undefined) equal(bodies.includes(String(body)), true, `whether "${body}" is listed`);
  }
  equal(bodies.toReversed(), expected, 'what can be read');
};

export const roomScenarios: readonly Scenario[] = [
  ...bothWays('the picture of a room', ['settings.avatar'], async (direction) => {
    const { here, there } = direction;
    const roomId = await sharedRoom(direction);
    const picture = new Uint8Array(makePicture(64, 48));
    const url = await here.upload(picture, 'image/png', 'room.png');
    await here.sendState(roomId, 'm.room.avatar', '', { url });
    await until('the picture', async () => (await there.state(roomId, 'm.room.avatar'))['url'] === url);
    const { bytes } = await there.download(url);
    equal(Buffer.compare(bytes, picture), 0, 'the comparison of the bytes');
  }),
  ...bothWays('a room that is closed', ['settings.invite'], async (direction, sides) => {
    const { here, there } = direction;
    const roomId = await here.createRoom({ preset: 'public_chat' });
    const colleague = await sides.colleagueOf(there);
    await there.join(roomId, [serverOf(here)]);
    await here.sendState(roomId, 'm.room.join_rules', '', { join_rule: 'invite' });
    await until(
      'the join rule',
      async () => (await there.state(roomId, 'm.room.join_rules'))['join_rule'] === 'invite',
    );
    const refusal = await refusalOf('joining uninvited', colleague.join(roomId, [serverOf(here)]));
    equal(refusal.status, 403, 'the refusal');
    await letIn(here, roomId, colleague);
    await exchange(direction, roomId);
  }),
  ...bothWays('history for anyone', ['settings.history-world'], async (direction) => {
    const { here, there, label } = direction;
    const name = `Open books of ${label} ${Date.now()}`;
    const roomId = await withHistory(here, 'world_readable', { visibility: 'public', name });
    // Synapse counts in the background, and lists a room when it has.
    const listed = await until('the room in the directory', async () => {
      const path = `v3/publicRooms?server=${encodeURIComponent(serverOf(here))}`;
      const list = await there.call('POST', path, { filter: { generic_search_term: name } });
      return listOf(list['chunk'])[0];
    });
    equal([listed['room_id'], listed['world_readable']], [roomId, true], 'what the directory says');
    await expectReadable(direction, roomId, ['before all', 'while invited', 'when joined']);
  }),
  ...bothWays('history since the invitation', ['settings.history-invited'], async (direction) => {
    const roomId = await withHistory(direction.here, 'invited');
    await expectReadable(direction, roomId, ['while invited', 'when joined']);
  }),
  ...bothWays('history since joining', ['settings.history-joined'], async (direction) => {
    const roomId = await withHistory(direction.here, 'joined');
    await expectReadable(direction, roomId, ['when joined']);
  }),
  ...bothWays('a server ACL', ['settings.acl'], async (direction) => {
    const { here, there } = direction;
    const roomId = await sharedRoom(direction);
    await exchange(direction, roomId);
    // Ports do not count in it: both servers are "localhost", and people of the own one are not asked.
    const acl = { allow: ['*'], deny: ['localhost'], allow_ip_literals: true };
    const other = await sharedRoom(direction);
    const closed = await here.createRoom({
      preset: 'public_chat',
      initial_state: [{ type: 'm.room.server_acl', state_key: '', content: acl }],
    });
    const refusal = await refusalOf('joining', there.join(closed, [serverOf(here)]));
    equal(refusal.status, 403, 'the refusal');
    await here.sendState(roomId, 'm.room.server_acl', '', acl);
    await until('the ACL', async () => {
      const seen = await there.state(roomId, 'm.room.server_acl');
      return JSON.stringify(seen['deny']) === JSON.stringify(acl.deny);
    });
    for (const [from, to] of [
      [here, there],
      [there, here],
    ] as const) {
      const body = `denied to ${to.userId}`;
      const denied = await from.sendText(roomId, body);
      // Comes after it, in the same order of sending.
      await from.sendText(other, `from ${from.userId}`);
      await to.waitForText(other, `from ${from.userId}`);
      await refusalOf('what a denied server sent', to.event(roomId, denied));
      equal((await allBodies(to, roomId)).includes(body), false, 'whether it is listed');
    }
  }),
  fromCauseway('a room of this organisation only', ['members.local-only'], async (direction, sides) => {
    const { here, there } = direction;
    const roomId = await here.createRoom({
      preset: 'public_chat',
      visibility: 'public',
      name: `Inside ${Date.now()}`,
      creation_content: { 'm.federate': false },
    });
    const colleague = await sides.colleagueOf(here);
    await colleague.join(roomId);
    const eventId = await here.sendText(roomId, 'for us only');
    await colleague.waitForText(roomId, 'for us only');
    await refusalOf('inviting an outsider', here.invite(roomId, there.userId));
    await refusalOf('joining from outside', there.join(roomId, [serverOf(here)]));
    await refusalOf('knocking from outside', there.knock(roomId, [serverOf(here)]));
    await refusalOf('reading from outside', there.event(roomId, eventId));
    const list = await there.call('POST', `v3/publicRooms?server=${encodeURIComponent(serverOf(here))}`, {
      limit: 1000,
    });
    equal(JSON.stringify(list).includes(roomId), false, 'whether outsiders find it listed');
    await refusalOf(
      'looking from outside',
      there.call('GET', `v1/rooms/${encodeURIComponent(roomId)}/hierarchy`),
    );
    equal((await invitedTo(there)).includes(roomId), false, 'whether the outsider is invited');
  }),
  ...bothWays(
    'an encrypted room',
    ['encrypted.recognised', 'encrypted.invitation'],
    async ({ here, there }) => {
      const roomId = await here.createRoom({
        preset: 'private_chat',
        initial_state: [{ type: 'm.room.encryption', state_key: '', content: ENCRYPTION }],
      });
      await here.invite(roomId, there.userId);
      const invitation = await there.waitForInvitation(roomId);
      const shown = listOf(at(invitation, 'invite_state', 'events')).find(
        ({ type }) => type === 'm.room.encryption',
      );
      equal(at(shown, 'content', 'algorithm'), ENCRYPTION.algorithm, 'what the invitation shows');
      await there.join(roomId, [serverOf(here)]);
      const seen = await until('the encryption', () => there.state(roomId, 'm.room.encryption'));
      equal(seen['algorithm'], ENCRYPTION.algorithm, 'what the room says');
      const secret = { algorithm: ENCRYPTION.algorithm, ciphertext: 'AwgAEn', session_id: 'one' };
      const eventId = await here.send(roomId, 'm.room.encrypted', secret);
      const arrived = await there.waitForEvent(roomId, 'the secret', (event) => event.event_id === eventId);
      equal([arrived.type, arrived.content['ciphertext']], ['m.room.encrypted', 'AwgAEn'], 'what arrives');
    },
  ),
];

const invitedTo = async (client: MatrixClient): Promise<readonly string[]> =>
  Object.keys((await client.sync()).rooms?.invite ?? {});
