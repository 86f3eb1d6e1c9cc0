/** Rooms of every version: made on either side, joined by invitation and by themselves, talked in, moderated. */
import {
  bothWays,
  equal,
  exchange,
  letIn,
  type Scenario,
  serverOf,
  sharedRoom,
  until,
  untilMembership,
} from './two-sides.ts';

const VERSIONS = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '10', '11', '12'];
/** The first version with knocking. */
const FIRST_WITH_KNOCKING = 7;

export const versionScenarios: readonly Scenario[] = VERSIONS.flatMap((version) => [
  ...bothWays(
    `a room of version ${version} is shared, talked in and redacted in`,
    ['messages.send', 'messages.delete-own', 'messages.delete-any'],
    async (direction) => {
      const { here, there } = direction;
      const roomId = await sharedRoom(direction, { room_version: version });
      equal((await there.state(roomId, 'm.room.create'))['room_version'], version, 'the room version');
      await exchange(direction, roomId);
      const own = await there.sendText(roomId, 'mistaken');
      const offensive = await there.sendText(roomId, 'offensive');
      await here.waitForText(roomId, 'offensive');
      await there.redact(roomId, own);
      await here.redact(roomId, offensive, 'be kind');
      for (const client of [here, there]) {
        for (const eventId of [own, offensive]) {
          await until(`${client.userId} no longer has ${eventId}`, async () => {
            const { content } = await client.event(roomId, eventId);
            return Object.keys(content).length === 0;
          });
        }
      }
    },
  ),
  ...bothWays(
    `a room of version ${version} agrees on levels, kicks and bans`,
    ['bans.ban', 'bans.unban', 'bans.agree'],
    async (direction, { colleagueOf }) => {
      const { here, there } = direction;
      const roomId = await here.createRoom({ preset: 'public_chat', room_version: version });
      await there.join(roomId, [serverOf(here)]);
      await untilMembership(here, roomId, there, 'join');
      const other = await colleagueOf(here);
      await letIn(here, roomId, other);
      await untilMembership(there, roomId, other, 'join');
      const levels = await here.state(roomId, 'm.room.power_levels');
      await here.sendState(roomId, 'm.room.power_levels', '', {
        ...levels,
        users: { ...Object(levels['users']), [there.userId]: 50 },
      });
      await until('the promotion', async () => {
        const { users } = await there.state(roomId, 'm.room.power_levels');
        return Object(users)[there.userId] === 50;
      });
      await there.ban(roomId, other.userId, 'spam');
      await untilMembership(here, roomId, other, 'ban');
      await there.unban(roomId, other.userId);
      await untilMembership(here, roomId, other, 'leave');
      await other.join(roomId);
      await untilMembership(there, roomId, other, 'join');
      equal(await here.members(roomId), await there.members(roomId), 'the members on both sides');
    },
  ),
  ...(Number(version) < FIRST_WITH_KNOCKING
    ? []
    : bothWays(
        `a room of version ${version} is knocked on`,
        ['knock.ask', 'knock.approve'],
        async ({ here, there }) => {
          const roomId = await here.createRoom({
            preset: 'private_chat',
            room_version: version,
            initial_state: [{ type: 'm.room.join_rules', state_key: '', content: { join_rule: 'knock' } }],
          });
          await there.knock(roomId, [serverOf(here)], 'let me in');
          await untilMembership(here, roomId, there, 'knock');
          await letIn(here, roomId, there);
        },
      )),
]);
