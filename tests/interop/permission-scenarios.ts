/** What an admin decides, as a Synapse meets it: first contact, refusal, and people who may not take part. */
import { startFresh } from './fresh-causeway.ts';
import type { JsonObject, MatrixClient } from './matrix-client.ts';
import {
  alone,
  askCauseway,
  at,
  equal,
  fromCauseway,
  includes,
  inRoom,
  letIn,
  listOf,
  refusalOf,
  type Scenario,
  serverOf,
  setSetting,
  until,
  untilMembership,
} from './two-sides.ts';

const contactOf = async (admin: MatrixClient, server: string): Promise<JsonObject | undefined> =>
  listOf((await askCauseway(admin, 'GET', 'admin/contacts')).contacts).find(
    (one) => one.server_name === server,
  );

const decide = async (admin: MatrixClient, server: string, decision: string, reason?: string) =>
  askCauseway(admin, 'PUT', `admin/contacts/${encodeURIComponent(server)}`, {
    decision,
    version: (await contactOf(admin, server))?.version ?? 0,
    ...(reason === undefined ? {} : { reason }),
  });

const WAITS = 'It waits until an admin of';

const scenarios: readonly Scenario[] = [
  fromCauseway(
    'a first contact waits in either direction, and goes on when it is approved',
    [],
    async ({ there }, { ca }) => {
      await using fresh = await startFresh(ca);
      const admin = await fresh.admin();
      const theirServer = serverOf(there);
      await setSetting(admin, 'federation.first-contact', true);
      const theirRoom = await there.createRoom({ preset: 'private_chat' });
      const inbound = await refusalOf('their invitation', there.invite(theirRoom, admin.userId));
      equal(inbound.errcode, 'M_FORBIDDEN', 'what their server says');
      includes(inbound.message, WAITS, 'why');
      const roomId = await admin.createRoom({ preset: 'private_chat', name: 'First words' });
      const outbound = await refusalOf('our invitation', admin.invite(roomId, there.userId, 'hello'));
      equal(outbound.errcode, 'CAUSEWAY_AWAITS_APPROVAL', 'what our server says');
      const own = listOf((await askCauseway(admin, 'GET', 'contact-requests')).requests);
      equal(
        own.map((one) => [one.kind, one.other, one.state]),
        [
          ['invite', there.userId, 'waiting'],
          ['invited', there.userId, 'waiting'],
        ],
        'what waits',
      );
      await decide(admin, theirServer, 'approved');
      const invitation = await there.waitForInvitation(roomId);
      const member = listOf(at(invitation, 'invite_state', 'events')).find(
        (event) => event.state_key === there.userId,
      );
      equal(at(member, 'content', 'reason'), 'hello', 'the note');
      await there.join(roomId, [serverOf(admin)]);
      await untilMembership(admin, roomId, there, 'join');
      await letIn(there, theirRoom, admin);
    },
  ),
  fromCauseway(
    'a refused contact is refused with its reason to the other server',
    [],
    async ({ there }, { ca }) => {
      await using fresh = await startFresh(ca);
      const admin = await fresh.admin();
      await setSetting(admin, 'federation.first-contact', true);
      await decide(admin, serverOf(there), 'refused', 'We have no contract with you.');
      const theirRoom = await there.createRoom({ preset: 'private_chat' });
      const invitation = await refusalOf('their invitation', there.invite(theirRoom, admin.userId));
      equal(invitation.errcode, 'M_FORBIDDEN', 'what their server says');
      includes(invitation.message, 'We have no contract with you.', 'why');
      const open = await admin.createRoom({ preset: 'public_chat' });
      await refusalOf('their join', there.join(open, [serverOf(admin)]));
      const ours = await refusalOf('our invitation', admin.invite(open, there.userId));
      includes(ours.message, 'We have no contract with you.', 'why not');
      equal(await admin.members(open), [admin.userId], 'who is in the room');
    },
  ),
  fromCauseway(
    'without access-federation invitations are refused, nothing is sent, and nothing new is received',
    [],
    async ({ there }, { ca }) => {
      await using fresh = await startFresh(ca);
      const admin = await fresh.admin();
      const member = await fresh.causeway.registerUser('mia');
      const roomId = await admin.createRoom({ preset: 'private_chat', name: 'Partners' });
      await letIn(admin, roomId, member);
      await letIn(admin, roomId, there);
      await there.sendText(roomId, 'before');
      await member.waitForText(roomId, 'before');
      await askCauseway(
        admin,
        'PUT',
        `admin/people/${encodeURIComponent(member.userId)}/permissions/access-federation`,
        { held: false },
      );
      const later = await there.sendText(roomId, 'novelty');
      await admin.waitForText(roomId, 'novelty');
      await refusalOf('writing', member.sendText(roomId, 'x'));
      const seen = [
        await member.call('GET', 'v3/sync?timeout=0'),
        await member.call('GET', `v3/${inRoom(roomId)}/messages?dir=b&limit=50`),
        await member.call('POST', 'v3/search', {
          search_categories: { room_events: { search_term: 'novelty' } },
        }),
      ];
      for (const answer of seen) equal(JSON.stringify(answer).includes(later), false, 'what is new is told');
      includes(JSON.stringify(seen[1]), 'before', 'what was there');
      const theirRoom = await there.createRoom({ preset: 'private_chat' });
      const invitation = await refusalOf('their invitation', there.invite(theirRoom, member.userId));
      equal(invitation.errcode, 'M_FORBIDDEN', 'what their server says');
      includes(invitation.message, 'does not accept invitations from other organisations', 'why');
    },
  ),
  fromCauseway(
    'a disconnected server sees everybody leave, and is refused from then on',
    [],
    async ({ there }, { ca }) => {
      await using fresh = await startFresh(ca);
      const admin = await fresh.admin();
      const roomId = await admin.createRoom({ preset: 'private_chat' });
      await letIn(admin, roomId, there);
      await askCauseway(
        admin,
        'POST',
        `admin/organisations/${encodeURIComponent(serverOf(there))}/disconnect`,
        { reason: 'The contract ended.', version: 0 },
      );
      await until('they are alone in the room', async () => {
        const members = await there.members(roomId);
        return JSON.stringify(members) === JSON.stringify([there.userId]);
      });
      const theirRoom = await there.createRoom({ preset: 'private_chat' });
      const invitation = await refusalOf('their invitation', there.invite(theirRoom, admin.userId));
      includes(invitation.message, 'The contract ended.', 'why');
    },
  ),
];

/** Each starts a Causeway of its own. */
export const permissionScenarios: readonly Scenario[] = alone(scenarios);
