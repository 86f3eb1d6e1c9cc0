/** Invitations and knocks, from the check before them to their end. */
import { formatRoomLink, parseRoomAddress } from '../../packages/web/src/discovery/room-address.ts';
import type { JsonObject, MatrixClient } from './matrix-client.ts';
import {
  alone,
  askCauseway,
  at,
  bothWays,
  equal,
  exchange,
  fromCauseway,
  inRoom,
  letIn,
  listOf,
  type Scenario,
  serverOf,
  sharedRoom,
  until,
  untilMembership,
} from './two-sides.ts';

const check = async (asker: MatrixClient, userId: string) =>
  (await askCauseway(asker, 'GET', `people/${encodeURIComponent(userId)}`))['status'];

/** The stripped state that an invitation shows. */
const shown = (invitation: JsonObject, type: string, stateKey = ''): JsonObject | undefined =>
  listOf(at(invitation, 'invite_state', 'events')).find(
    (event) => event['type'] === type && event['state_key'] === stateKey,
  );

const untilInvitationGone = (client: MatrixClient, roomId: string) =>
  client.waitFor('the end of the invitation', ({ rooms }) => rooms?.leave?.[roomId]);

/** Who is invited, as somebody who starts anew is told. */
const invitations = async (client: MatrixClient): Promise<readonly string[]> => {
  const answer = await client.call('GET', 'v3/sync?timeout=0');
  return Object.keys(Object(at(answer, 'rooms', 'invite')));
};

const knockRule = [{ type: 'm.room.join_rules', state_key: '', content: { join_rule: 'knock' } }];

export const invitationScenarios: readonly Scenario[] = [
  fromCauseway(
    'somebody is looked for before they are invited',
    ['invite.exists', 'invite.not-found', 'invite.not-allowed'],
    async ({ here, there }, { causeway }) => {
      equal(await check(here, there.userId), 'exists', 'somebody who exists');
      equal(await check(here, `@nobody:${serverOf(there)}`), 'not-found', 'somebody who does not');
      const clerk = await causeway.registerUser(`${here.userId.slice(1).split(':')[0]}-clerk`, {
        mayFederate: false,
      });
      equal(await check(clerk, there.userId), 'not-allowed', 'asked by who may not federate');
    },
  ),
  ...bothWays('an inbox with inviter, room and note', ['invite.note', 'invite.inbox'], async (direction) => {
    const { here, there, label } = direction;
    await here.setDisplayName(`Host of ${label}`);
    const roomId = await here.createRoom({ preset: 'private_chat', name: 'Harbour', topic: 'Boats' });
    await here.invite(roomId, there.userId, 'we need you');
    const invitation = await there.waitForInvitation(roomId);
    const member = shown(invitation, 'm.room.member', there.userId);
    equal(member?.['sender'], here.userId, 'who invites, and from where');
    equal(at(member, 'content', 'reason'), 'we need you', 'the note');
    equal(at(shown(invitation, 'm.room.name'), 'content', 'name'), 'Harbour', 'the name of the room');
    const inviter = shown(invitation, 'm.room.member', here.userId);
    equal(at(inviter, 'content', 'displayname'), `Host of ${label}`, 'the name of the inviter');
  }),
  ...bothWays('the list of pending invitations', ['invite.pending'], async (direction, sides) => {
    const { here, there, label } = direction;
    const roomId = await sharedRoom(direction);
    const guest = await sides.colleagueOf(there);
    await here.invite(roomId, guest.userId, 'soon');
    await guest.waitForInvitation(roomId);
    for (const client of [here, there]) {
      await until('the invitation in the list', async () => {
        const invited = await client.members(roomId, 'invite');
        return JSON.stringify(invited) === JSON.stringify([guest.userId]);
      });
    }
    const ours = label === 'Causeway' ? here : there;
    const { invitations: open } = await askCauseway(ours, 'GET', `${inRoom(roomId)}/invitations`);
    const [one, ...others] = listOf(open);
    equal(
      [one?.['user_id'], one?.['inviter'], one?.['reason'], others.length],
      [guest.userId, here.userId, 'soon', 0],
      'the open invitation',
    );
    await guest.join(roomId, [serverOf(here)]);
    for (const client of [here, there])
      await until('no invitation', async () => (await client.members(roomId, 'invite')).length === 0);
  }),
  fromCauseway('an invitation that is taken back disappears', ['invite.revoked-gone'], async (pair) => {
    const { here, there } = pair;
    const roomId = await here.createRoom({ preset: 'private_chat' });
    await here.invite(roomId, there.userId);
    await there.waitForInvitation(roomId);
    await here.kick(roomId, there.userId);
    await untilInvitationGone(there, roomId);
    equal(await invitations(there), [], 'the invitations that are left');
  }),
  fromCauseway('an invitation ends when it was to end', ['invite.expiry'], async ({ here, there }) => {
    const roomId = await here.createRoom({ preset: 'private_chat' });
    await askCauseway(here, 'POST', `${inRoom(roomId)}/invitations`, {
      user_id: there.userId,
      expires_in_ms: 2_000,
    });
    await there.waitForInvitation(roomId);
    await untilInvitationGone(there, roomId);
    equal(await invitations(there), [], 'the invitations that are left');
    await untilMembership(here, roomId, there, 'leave');
  }),
  ...alone(
    bothWays(
      'declining while the inviting server is down',
      ['invite.decline-down'],
      async ({ here, there, label }, { causeway, synapse }) => {
        const server = label === 'Causeway' ? causeway : synapse;
        const roomId = await here.createRoom({ preset: 'private_chat' });
        await here.invite(roomId, there.userId);
        await there.waitForInvitation(roomId);
        await server.stop();
        await there.leave(roomId);
        await untilInvitationGone(there, roomId);
        equal(await invitations(there), [], 'the invitations that are left');
        await server.start();
        // Nobody is stuck: another invitation comes through.
        const again = await here.createRoom({ preset: 'private_chat' });
        await here.invite(again, there.userId);
        await there.waitForInvitation(again);
        equal(await invitations(there), [again], 'the invitations that are left');
      },
    ),
  ),
  ...bothWays('an inviter who is ignored', ['invite.ignore'], async ({ here, there }, sides) => {
    const welcome = await sides.colleagueOf(here);
    await there.call('PUT', `v3/user/${encodeURIComponent(there.userId)}/account_data/m.ignored_user_list`, {
      ignored_users: { [here.userId]: {} },
    });
    const ignored = await here.createRoom({ preset: 'private_chat' });
    await here.invite(ignored, there.userId);
    const heard = await welcome.createRoom({ preset: 'private_chat' });
    await welcome.invite(heard, there.userId);
    await there.waitForInvitation(heard);
    equal(await invitations(there), [heard], 'the invitations that are shown');
  }),
  ...bothWays('the link of a public room', ['invite.link-public', 'join.link'], async (direction) => {
    const { here, there } = direction;
    const roomId = await here.createRoom({ preset: 'public_chat' });
    const meeting = await sharedRoom(direction);
    const link = formatRoomLink({ address: roomId, via: [serverOf(here)] });
    await here.sendText(meeting, link);
    const { content } = await there.waitForText(meeting, link);
    const { address, via } = parseRoomAddress(String(content['body'])) ?? { address: '', via: [] };
    await there.join(address, via);
    await untilMembership(here, roomId, there, 'join');
    await exchange(direction, roomId);
  }),
  ...bothWays('the link of a room where one may knock', ['invite.link-knock'], async (direction) => {
    const { here, there } = direction;
    const roomId = await here.createRoom({ preset: 'private_chat', initial_state: knockRule });
    const link = formatRoomLink({ address: roomId, via: [serverOf(here)] });
    const { address, via } = parseRoomAddress(link) ?? { address: '', via: [] };
    await there.knock(address, via, 'I have the link');
    await until('the knock', async () => {
      const member = await here.state(roomId, 'm.room.member', there.userId);
      return member['membership'] === 'knock' && member['reason'] === 'I have the link';
    });
    await letIn(here, roomId, there);
  }),
  ...bothWays('a knock is denied', ['knock.deny'], async (direction, sides) => {
    const { here, there } = direction;
    const roomId = await here.createRoom({ preset: 'private_chat', initial_state: knockRule });
    // Where their server is in the room, it hears of the answer, whichever it is.
    const colleague = await sides.colleagueOf(there);
    await letIn(here, roomId, colleague);
    await there.knock(roomId, [serverOf(here)], 'let me in');
    await untilMembership(here, roomId, there, 'knock');
    await there.sync();
    await here.kick(roomId, there.userId, 'not today');
    const left = await there.waitFor('the denial', ({ rooms }) => rooms?.leave?.[roomId]);
    equal(left.timeline?.events.at(-1)?.content['reason'], 'not today', 'why');
    await untilMembership(colleague, roomId, there, 'leave');
  }),
];
