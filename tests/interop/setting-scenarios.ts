/** What an admin sets for the exchange with others, as a Synapse meets it. */
import { startFresh } from './fresh-causeway.ts';
import type { MatrixClient, SyncAnswer } from './matrix-client.ts';
import {
  allBodies,
  alone,
  askCauseway,
  at,
  equal,
  exactly,
  exchange,
  fromCauseway,
  includes,
  letIn,
  listOf,
  refusalOf,
  type Scenario,
  serverOf,
  setSetting,
  until,
} from './two-sides.ts';

/** What one person hears of another besides messages, until a message comes. */
const heardUntil = async (listener: MatrixClient, other: MatrixClient, roomId: string, fence: string) => {
  const heard = new Set<string>();
  await listener.waitFor(fence, (answer: SyncAnswer) => {
    const room = answer.rooms?.join?.[roomId];
    for (const { type, content } of room?.ephemeral?.events ?? [])
      if (JSON.stringify(content).includes(other.userId)) heard.add(type);
    for (const event of listOf(at(answer, 'presence', 'events')))
      if (event.sender === other.userId) heard.add('m.presence');
    return room?.timeline?.events.some(({ content }) => content['body'] === fence);
  });
  return [...heard].toSorted();
};

const beBusy = async (person: MatrixClient, roomId: string, readId: string): Promise<void> => {
  await person.typing(roomId, true);
  await person.sendReceipt(roomId, readId);
  const path = `v3/presence/${encodeURIComponent(person.userId)}/status`;
  await person.call('PUT', path, { presence: 'online', status_msg: 'on the pier' });
};

const SWITCHES = ['federation.typing', 'federation.receipts', 'federation.presence'];

const scenarios: readonly Scenario[] = [
  fromCauseway(
    'a server that no rule allows gets nothing in, or hears nothing, and what was missed arrives without the rule',
    [],
    async ({ there }, { ca }) => {
      await using fresh = await startFresh(ca);
      const admin = await fresh.admin();
      const roomId = await admin.createRoom({ preset: 'private_chat' });
      await letIn(admin, roomId, there);
      await exchange({ here: admin, there }, roomId);
      const theirRoom = await there.createRoom({ preset: 'private_chat' });
      // Both have one name here, so nothing can be denied to the one only: others are allowed.
      const onlyOthers = (direction: string) => [{ domain: 'partner.example', direction, effect: 'allow' }];

      await setSetting(admin, 'federation.rules', onlyOthers('inbound'));
      const inbound = await refusalOf('their invitation', there.invite(theirRoom, admin.userId));
      equal(inbound.errcode, 'M_FORBIDDEN', 'what their server says');
      await admin.sendText(roomId, 'outward');
      await there.waitForText(roomId, 'outward');
      await there.sendText(roomId, 'kept out');
      // The invitation comes after it; with the next rule it may come in again at any moment.
      await refusalOf('another invitation', there.invite(theirRoom, admin.userId));
      equal(
        (await allBodies(admin, roomId)).includes('kept out'),
        false,
        'whether what was kept out is here',
      );

      await setSetting(admin, 'federation.rules', onlyOthers('outbound'));
      const outbound = await refusalOf(
        'our invitation',
        admin.createRoom({ preset: 'private_chat', invite: [there.userId] }),
      );
      includes(outbound.message, 'is not on it', 'why');
      await admin.sendText(roomId, 'kept in');

      await setSetting(admin, 'federation.rules', []);
      for (const one of [admin, there])
        await until(`everything at ${one.userId}`, async () =>
          exactly(await allBodies(one, roomId), ['kept out', 'kept in'], one.userId),
        );
      await there.invite(theirRoom, admin.userId);
      await admin.waitForInvitation(theirRoom);
    },
  ),
  fromCauseway(
    'typing, receipts and presence stay where they are while they are switched off',
    [],
    async ({ there }, { ca }) => {
      await using fresh = await startFresh(ca);
      const admin = await fresh.admin();
      for (const key of SWITCHES) await setSetting(admin, key, false);
      const roomId = await admin.createRoom({ preset: 'private_chat' });
      await letIn(admin, roomId, there);
      const readId = await admin.sendText(roomId, 'to be read');
      await there.waitForText(roomId, 'to be read');
      const pairs = [
        [admin, there],
        [there, admin],
      ] as const;
      for (const [speaker, listener] of pairs) {
        await beBusy(speaker, roomId, readId);
        const fence = `a fence of ${speaker.userId}`;
        await speaker.sendText(roomId, fence);
        equal(await heardUntil(listener, speaker, roomId, fence), [], `what ${listener.userId} heard`);
      }
      for (const key of SWITCHES) await setSetting(admin, key, true);
      for (const [speaker, listener] of pairs) {
        await speaker.typing(roomId, false);
        await speaker.typing(roomId, true);
        await listener.waitFor('typing', ({ rooms }) =>
          rooms?.join?.[roomId]?.ephemeral?.events.some(
            ({ type, content }) => type === 'm.typing' && JSON.stringify(content).includes(speaker.userId),
          ),
        );
      }
    },
  ),
  fromCauseway(
    'rooms that anybody can join, and encrypted ones, are not joined where that is switched off',
    [],
    async ({ there }, { ca }) => {
      await using fresh = await startFresh(ca);
      const admin = await fresh.admin();
      await setSetting(admin, 'federation.join-public', false);
      await setSetting(admin, 'federation.join-encrypted', false);
      const open = await there.createRoom({ preset: 'public_chat' });
      const uninvited = await refusalOf('joining', admin.join(open, [serverOf(there)]));
      includes(uninvited.message, 'public rooms of other organisations', 'why');
      const encryption = { type: 'm.room.encryption', state_key: '' };
      const sealed = await there.createRoom({
        preset: 'private_chat',
        initial_state: [{ ...encryption, content: { algorithm: 'm.megolm.v1.aes-sha2' } }],
        invite: [admin.userId],
      });
      await admin.waitForInvitation(sealed);
      const encrypted = await refusalOf('accepting', admin.join(sealed, [serverOf(there)]));
      includes(encrypted.message, 'encrypted rooms', 'why');
      equal(await there.members(open), [there.userId], 'who is in the open room');
      equal(await there.members(sealed), [there.userId], 'who is in the encrypted room');
      await there.invite(open, admin.userId);
      await admin.waitForInvitation(open);
      await admin.join(open, [serverOf(there)]);
    },
  ),
  fromCauseway(
    'who has no verified address of the organisation takes no part where one is required',
    [],
    async ({ there }, { ca }) => {
      await using fresh = await startFresh(ca);
      const admin = await fresh.admin();
      const member = await fresh.causeway.registerUser('mia');
      await setSetting(admin, 'federation.require-email', true);
      const theirRoom = await there.createRoom({ preset: 'private_chat' });
      const refused = await refusalOf('their invitation', there.invite(theirRoom, member.userId));
      equal(refused.errcode, 'M_FORBIDDEN', 'what their server says');
      await refusalOf(
        'our invitation',
        member.createRoom({ preset: 'private_chat', invite: [there.userId] }),
      );
      await setSetting(admin, 'federation.email-domain', 'quay.example');
      const mail = (address: string) =>
        askCauseway(admin, 'PUT', `admin/people/${encodeURIComponent(member.userId)}/email`, {
          address,
          verified: true,
        });
      await mail('mia@elsewhere.example');
      await refusalOf('their invitation', there.invite(theirRoom, member.userId));
      await mail('mia@quay.example');
      await there.invite(theirRoom, member.userId);
      await member.waitForInvitation(theirRoom);
      await letIn(member, await member.createRoom({ preset: 'private_chat' }), there);
    },
  ),
];

/** Each starts a Causeway of its own. */
export const settingScenarios: readonly Scenario[] = alone(scenarios);
