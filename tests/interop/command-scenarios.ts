/** Direct messages and slash commands, as the web app does them, on either server. */
import { openDirectMessage } from '../../packages/web/src/people/direct-message.ts';
import type { JsonObject, MatrixClient } from './matrix-client.ts';
import {
  at,
  bothWays,
  equal,
  exchange,
  listOf,
  localpartOf,
  type Scenario,
  serverOf,
  sharedRoom,
  until,
  untilMembership,
} from './two-sides.ts';
import { openWebApp } from './web-app.ts';

/** Whether an invitation says that it is to a direct message. */
const isDirect = (invitation: JsonObject, invited: MatrixClient): boolean =>
  listOf(at(invitation, 'invite_state', 'events')).some(
    (event) => event['state_key'] === invited.userId && at(event, 'content', 'is_direct') === true,
  );

const untilGone = (client: MatrixClient, roomId: string, how: string, reason?: string) =>
  client.waitFor(how, ({ rooms }) =>
    rooms?.leave?.[roomId]?.timeline?.events.some(
      ({ type, content, state_key }) =>
        type === 'm.room.member' &&
        state_key === client.userId &&
        content['membership'] === how &&
        content['reason'] === reason,
    ),
  );

export const commandScenarios: readonly Scenario[] = [
  ...bothWays(
    'a direct message, written to before it is accepted',
    ['direct.one', 'direct.early'],
    async (direction) => {
      const { here, there } = direction;
      await using app = await openWebApp(here);
      const roomId = await openDirectMessage(app.client, there.userId);
      await here.sendText(roomId, 'are you there?');
      equal(isDirect(await there.waitForInvitation(roomId), there), true, 'whether it is direct');
      equal(await here.members(roomId, 'invite'), [there.userId], 'who is shown as invited');
      await there.join(roomId, [serverOf(here)]);
      await until('what was written early', async () =>
        (await there.messages(roomId)).chunk.some(({ content }) => content['body'] === 'are you there?'),
      );
      await untilMembership(here, roomId, there, 'join');
      await exchange(direction, roomId);
      await app.room(roomId);
      equal(await openDirectMessage(app.client, there.userId), roomId, 'the room of the second time');
    },
  ),
  ...bothWays('a direct message to several people', ['direct.group'], async (direction, sides) => {
    const { here, there } = direction;
    await using app = await openWebApp(here);
    const others = [there, await sides.colleagueOf(there), await sides.colleagueOf(here)];
    const roomId = await openDirectMessage(app.client, ...others.map(({ userId }) => userId));
    for (const other of others) {
      equal(isDirect(await other.waitForInvitation(roomId), other), true, 'whether it is direct');
      await other.join(roomId, [serverOf(here)]);
    }
    await here.sendText(roomId, 'hello, all of you');
    for (const other of others) {
      await other.waitForText(roomId, 'hello, all of you');
      await until(`all members for ${other.userId}`, async () => (await other.members(roomId)).length === 4);
    }
  }),
  ...bothWays(
    'commands in a room',
    [
      'commands.invite',
      'commands.kick',
      'commands.ban',
      'commands.unban',
      'commands.topic',
      'commands.leave',
      'commands.me',
    ],
    async ({ here, there }) => {
      await using app = await openWebApp(here);
      const roomId = await here.createRoom({ preset: 'private_chat' });
      const comeIn = async () => {
        await app.command(roomId, `/invite ${there.userId}`);
        await there.waitForInvitation(roomId);
        await there.join(roomId, [serverOf(here)]);
        await untilMembership(here, roomId, there, 'join');
      };
      await comeIn();
      await app.command(roomId, '/topic Slow days');
      await until(
        'the topic',
        async () => (await there.state(roomId, 'm.room.topic'))['topic'] === 'Slow days',
      );
      await app.command(roomId, '/me **waves**');
      const { content } = await there.waitForText(roomId, '**waves**');
      equal(content['msgtype'], 'm.emote', 'the kind of message');
      equal(content['formatted_body'], '<strong>waves</strong>', 'its HTML');
      await app.command(roomId, `/kick ${there.userId} out of here`);
      await untilGone(there, roomId, 'leave', 'out of here');
      await comeIn();
      await app.command(roomId, `/ban ${there.userId} for good`);
      await untilGone(there, roomId, 'ban', 'for good');
      await app.command(roomId, `/unban ${there.userId}`);
      await comeIn();
      // The command asks first; this is what the answer does.
      await app.command(roomId, '/leave');
      await app.client.leave(roomId);
      await untilMembership(there, roomId, here, 'leave');
    },
  ),
  ...bothWays('/join and /msg', ['commands.join', 'commands.msg'], async (direction) => {
    const { here, there } = direction;
    await using app = await openWebApp(here);
    const office = await sharedRoom(direction);
    const alias = `command-${localpartOf(there)}`;
    const roomId = await there.createRoom({ preset: 'public_chat', room_alias_name: alias });
    await app.command(office, `/join #${alias}:${serverOf(there)}`);
    await untilMembership(there, roomId, here, 'join');
    await app.command(office, `/msg ${there.userId} only for you`);
    const direct = await there.waitFor('the direct message', ({ rooms }) =>
      Object.entries(rooms?.invite ?? {}).find(([, invitation]) => isDirect(invitation, there)),
    );
    await there.join(direct[0], [serverOf(here)]);
    await until('the words', async () =>
      (await there.messages(direct[0])).chunk.some(({ content }) => content['body'] === 'only for you'),
    );
  }),
];
