/** Roles and bans: who may do what, and who is kept out, on every server. */
import type { JsonObject, MatrixClient } from './matrix-client.ts';
import {
  at,
  bothWays,
  equal,
  exchange,
  inRoom,
  letIn,
  type Pair,
  refusalOf,
  type Scenario,
  serverOf,
  sharedRoom,
  until,
  untilMembership,
} from './two-sides.ts';

const POWER = 'm.room.power_levels';

/** Changes the levels of a room, from what they are. */
const changeLevels = async (by: MatrixClient, roomId: string, change: (levels: JsonObject) => JsonObject) =>
  by.sendState(roomId, POWER, '', change(await by.state(roomId, POWER)));

const setLevel = (by: MatrixClient, roomId: string, whom: MatrixClient, level: number) =>
  changeLevels(by, roomId, (levels) => ({
    ...levels,
    users: { ...Object(levels['users']), [whom.userId]: level },
  }));

const untilLevel = (seenBy: MatrixClient, roomId: string, whom: MatrixClient, level: number) =>
  until(
    `level ${level} of ${whom.userId}`,
    async () => at(await seenBy.state(roomId, POWER), 'users', whom.userId) === level,
  );

/** A public room with `there` in it, who is then banned. */
const withBanned = async ({ here, there }: Pair, options: object = {}): Promise<string> => {
  const roomId = await here.createRoom({ preset: 'public_chat', ...options });
  await there.join(roomId, [serverOf(here)]);
  await untilMembership(here, roomId, there, 'join');
  await here.ban(roomId, there.userId, 'no manners');
  await there.waitFor('the ban', ({ rooms }) => rooms?.leave?.[roomId]);
  return roomId;
};

export const moderationScenarios: readonly Scenario[] = [
  ...bothWays(
    'roles, and what they allow',
    ['roles.named', 'roles.numbers', 'roles.refused', 'roles.remote'],
    async (direction, sides) => {
      const { here, there } = direction;
      const roomId = await sharedRoom(direction);
      const colleague = await sides.colleagueOf(there);
      await letIn(here, roomId, colleague);
      const name = (by: MatrixClient, words: string) =>
        by.sendState(roomId, 'm.room.name', '', { name: words });
      for (const refused of [
        () => name(there, 'Mine now'),
        () => there.kick(roomId, colleague.userId),
        () => there.ban(roomId, here.userId),
        () => setLevel(there, roomId, there, 100),
      ]) {
        equal((await refusalOf('what a member may not do', refused())).errcode, 'M_FORBIDDEN', 'the refusal');
      }
      await setLevel(here, roomId, there, 50);
      for (const client of [there, colleague]) await untilLevel(client, roomId, there, 50);
      await name(there, 'A moderator was here');
      await until(
        'the name',
        async () => (await here.state(roomId, 'm.room.name'))['name'] === 'A moderator was here',
      );
      equal(
        (await refusalOf('a moderator who makes owners', setLevel(there, roomId, colleague, 100))).errcode,
        'M_FORBIDDEN',
        'the refusal',
      );
      await setLevel(here, roomId, there, 100);
      await untilLevel(there, roomId, there, 100);
      // A level that has no name, given by somebody of the other server.
      await setLevel(there, roomId, colleague, 37);
      await untilLevel(here, roomId, colleague, 37);
    },
  ),
  ...bothWays(
    'who may do what is changed',
    ['roles.permissions', 'settings.permissions'],
    async (direction) => {
      const { here, there } = direction;
      const roomId = await sharedRoom(direction);
      const topic = (words: string) => there.sendState(roomId, 'm.room.topic', '', { topic: words });
      await refusalOf('a topic of a member', topic('too early'));
      await changeLevels(here, roomId, (levels) => ({
        ...levels,
        events: { ...Object(levels['events']), 'm.room.topic': 0 },
        events_default: 10,
      }));
      await until('the permission', async () => (await there.state(roomId, POWER))['events_default'] === 10);
      await topic('everybody may');
      await until(
        'the topic',
        async () => (await here.state(roomId, 'm.room.topic'))['topic'] === 'everybody may',
      );
      await refusalOf('a message of a member', there.sendText(roomId, 'hush'));
    },
  ),
  ...bothWays('the creators of a room of version 12', ['roles.creators'], async (direction) => {
    const { here, there } = direction;
    const roomId = await sharedRoom(direction, {
      room_version: '12',
      creation_content: { additional_creators: [there.userId] },
    });
    const create = (await there.fullState(roomId)).find(({ type }) => type === 'm.room.create');
    equal(create?.sender, here.userId, 'who made it');
    equal(create?.content['additional_creators'], [there.userId], 'who made it with them');
    const levels = await there.state(roomId, POWER);
    for (const { userId } of [here, there]) {
      equal(at(levels, 'users', userId), undefined, `the level of ${userId}, which is above all`);
    }
    // What needs more than an owner, and no level gives.
    await changeLevels(there, roomId, (old) => ({ ...old, users_default: 5 }));
    await until('the change', async () => (await here.state(roomId, POWER))['users_default'] === 5);
  }),
  ...bothWays(
    'the banned are listed everywhere, get nothing and stay out',
    ['bans.list', 'bans.agree', 'bans.nothing', 'bans.invite', 'bans.join', 'bans.return'],
    async (direction, sides) => {
      const { here, there } = direction;
      const roomId = await withBanned(direction);
      const colleague = await sides.colleagueOf(there);
      await refusalOf('joining', there.join(roomId, [serverOf(here)]));
      const secret = await here.sendText(roomId, 'not for the banned');
      await colleague.join(roomId, [serverOf(here)]);
      await until('the message', async () =>
        (await colleague.messages(roomId)).chunk.some(({ event_id }) => event_id === secret),
      );
      for (const client of [here, colleague]) {
        equal(await client.members(roomId, 'ban'), [there.userId], `the banned for ${client.userId}`);
        const member = await client.state(roomId, 'm.room.member', there.userId);
        equal([member['membership'], member['reason']], ['ban', 'no manners'], 'the ban');
      }
      // Their server has the message by now, for the colleague; they do not.
      await refusalOf('reading', there.event(roomId, secret));
      await refusalOf('writing', there.sendText(roomId, 'let me speak'));
      await refusalOf('joining', there.join(roomId, [serverOf(here)]));
      for (const client of [here, colleague]) {
        const refusal = await refusalOf('inviting the banned', client.invite(roomId, there.userId));
        equal(refusal.status, 403, 'the refusal');
      }
      const seen = (await there.sync()).rooms;
      equal(seen?.invite?.[roomId] ?? seen?.join?.[roomId], undefined, 'what the banned hear');
      await here.unban(roomId, there.userId);
      await untilMembership(colleague, roomId, there, 'leave');
      await here.invite(roomId, there.userId);
      // Their server, which is in the room, has to have it as an event of the room before they accept.
      await untilMembership(colleague, roomId, there, 'invite');
      await there.join(roomId, [serverOf(here)]);
      await untilMembership(here, roomId, there, 'join');
      await exchange(direction, roomId);
    },
  ),
  ...bothWays('the banned do not come in by knocking', ['bans.knock'], async (direction) => {
    const { here, there } = direction;
    const roomId = await withBanned(direction);
    await here.sendState(roomId, 'm.room.join_rules', '', { join_rule: 'knock' });
    const refusal = await refusalOf('knocking', there.knock(roomId, [serverOf(here)], 'please'));
    equal(refusal.status, 403, 'the refusal');
    equal(await here.members(roomId, 'ban'), [there.userId], 'the banned');
  }),
  ...bothWays('the banned do not come in through another room', ['bans.restricted'], async (direction) => {
    const { here, there } = direction;
    const club = await sharedRoom(direction);
    const roomId = await withBanned(direction);
    const allow = [{ type: 'm.room_membership', room_id: club }];
    await here.sendState(roomId, 'm.room.join_rules', '', { join_rule: 'restricted', allow });
    const refusal = await refusalOf('joining', there.join(roomId, [serverOf(here)]));
    equal(refusal.status, 403, 'the refusal');
    const colleague = await here.call('GET', `v3/${inRoom(roomId)}/joined_members`);
    equal(Object.keys(Object(colleague['joined'])), [here.userId], 'who is in the room');
  }),
];
