/** A server whose signing keys are not signed by themselves: nothing that it signs can be believed. */
import { inspect } from './artefacts.ts';
import { expectEqual } from './expect.ts';
import type { Behaviour, PeerAnswer } from './peers.ts';
import { invitationCard, openInbox } from './room-page.ts';
import { ask, joinedRooms, noFaults, openLink, peersOf } from './rooms-page.ts';
import type { Scenario } from './story.ts';

const KEYS = '/_matrix/key/v2/server';

const textOf = ({ body }: PeerAnswer): string =>
  typeof body === 'string' ? body : Buffer.from(body as Uint8Array).toString();

/** The honest answer, its signature replaced. */
const forgedKeys: Behaviour = async ({ path }, honestly) => {
  const answer = await honestly();
  if (!path.startsWith(KEYS)) return answer;
  const body = JSON.parse(textOf(answer)) as { signatures: Record<string, Record<string, string>> };
  const signatures = Object.fromEntries(
    Object.entries(body.signatures).map(([server, keys]) => [
      server,
      Object.fromEntries(Object.keys(keys).map((keyId) => [keyId, 'A'.repeat(86)])),
    ]),
  );
  return { ...answer, body: JSON.stringify({ ...body, signatures }) };
};

export const forgedKeysScenarios: readonly Scenario[] = [
  {
    name: 'bad input: a server with forged signing keys is believed nothing, and everybody is told why',
    shows: ['bad.lying-server'],
    run: async (story) => {
      const { ada } = story;
      // Nobody has had to do with it before, so its keys are not known from better days.
      const forger = peersOf(story)['forger.test'];
      forger.behave = forgedKeys;
      const fay = await forger.person('fay');
      const { room_id } = await fay.ok('POST', '/createRoom', { name: 'mint', preset: 'public_chat' });
      const before = await joinedRooms(ada);

      await openLink(ada.page, `https://matrix.to/#/${encodeURIComponent(String(room_id))}?via=forger.test`);
      await ada.page.getByRole('button', { name: 'Join', exact: true }).click();
      const alert = ada.page.getByRole('alert').filter({ hasText: 'You have not joined' });
      await alert.waitFor({ timeout: 30_000 });
      const words = await alert.innerText();
      expectEqual(
        'the words name the server and its keys',
        /forger\.test.*key|key.*forger\.test/is.test(words),
        true,
      );
      expectEqual('rooms that ada is in', (await joinedRooms(ada)).length, before.length);
      expectEqual(
        'the keys were asked for',
        forger.received.some(({ path }) => path.startsWith(KEYS)),
        true,
      );
      const faults = await inspect(ada.page, 'forged-keys-join');

      const invited = await fay.call('POST', '/createRoom', {
        name: 'false coins',
        invite: [ada.user.user_id],
      });
      const { body } = await ask(ada, 'GET', '/sync');
      expectEqual('an invitation came through', JSON.stringify(body).includes('false coins'), false);
      await openInbox(ada.page);
      expectEqual('it is shown', await invitationCard(ada.page, 'false coins').count(), 0);
      // Its people are told, too: an invitation that is not delivered is no invitation.
      expectEqual('the inviter learns of it', JSON.stringify(invited).includes('false coins'), false);

      await ada.page.evaluate(`location.hash = '#/admin/federation-check'`);
      await ada.page.getByLabel('Server name of an organisation').fill('forger.test');
      await ada.page.getByRole('button', { name: 'Check', exact: true }).click();
      const step = ada.page.getByRole('main').getByRole('listitem').filter({ hasText: 'Signing keys' });
      await step.and(ada.page.locator('[data-status=failed]')).waitFor({ timeout: 30_000 });
      await step.getByText('For the admins of forger.test').waitFor();
      faults.push(...(await inspect(ada.page, 'forged-keys-check')));
      noFaults(faults);
    },
  },
];
