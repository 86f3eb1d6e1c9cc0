/** What a Synapse sees of people whose account ends at a Causeway, and what it keeps of them. */
import { makePicture } from '../browser/picture.ts';
import type { ClientEvent, JsonObject, MatrixClient } from './matrix-client.ts';
import {
  adminOf,
  allBodies,
  askCauseway,
  equal,
  fromCauseway,
  letIn,
  refusalOf,
  type Scenario,
  sharedRoom,
  until,
  untilMembership,
} from './two-sides.ts';

const endAccount = (admin: MatrixClient, { userId }: MatrixClient, body: JsonObject = {}) =>
  askCauseway(admin, 'POST', `admin/people/${encodeURIComponent(userId)}/deactivation`, body);

const untilLeft = (seenBy: MatrixClient, roomIds: readonly string[], person: MatrixClient) =>
  Promise.all(roomIds.map((roomId) => untilMembership(seenBy, roomId, person, 'leave')));

const SECRET = 'the draught is six metres';
const CORRECTED = 'the draught is seven metres';

/** A message, its edit, and a picture. */
const writeAll = async (person: MatrixClient, roomId: string) => {
  const bytes = new Uint8Array(makePicture(32, 32));
  const url = await person.upload(bytes, 'image/png', 'chart.png');
  const original = await person.sendText(roomId, SECRET);
  const edit = await person.send(roomId, 'm.room.message', {
    msgtype: 'm.text',
    body: `* ${CORRECTED}`,
    'm.new_content': { msgtype: 'm.text', body: CORRECTED },
    'm.relates_to': { rel_type: 'm.replace', event_id: original },
  });
  const picture = await person.send(roomId, 'm.room.message', { msgtype: 'm.image', body: 'chart.png', url });
  return { bytes, url, original, edit, picture };
};

const readBack = async (seenBy: MatrixClient, roomId: string): Promise<readonly ClientEvent[]> =>
  (await seenBy.messages(roomId, { limit: 100 })).chunk;

const by = ({ userId }: MatrixClient, events: readonly ClientEvent[]): readonly ClientEvent[] =>
  events.filter(({ sender, type }) => sender === userId && type === 'm.room.message');

export const endedAccountScenarios: readonly Scenario[] = [
  fromCauseway(
    'who is deactivated is seen leaving every shared room, and what they wrote stays',
    [],
    async (direction, { causeway }) => {
      const { here, there } = direction;
      const admin = await adminOf(causeway);
      const ours = await sharedRoom(direction);
      const theirs = await sharedRoom({ here: there, there: here });
      const invited = await there.createRoom({ preset: 'private_chat' });
      await there.invite(invited, here.userId);
      await here.waitForInvitation(invited);
      for (const roomId of [ours, theirs]) {
        await here.sendText(roomId, SECRET);
        await there.waitForText(roomId, SECRET);
      }
      await endAccount(admin, here);
      await untilLeft(there, [ours, theirs, invited], here);
      for (const roomId of [ours, theirs]) {
        equal(await there.members(roomId), [there.userId], 'who is in the room');
        equal((await allBodies(there, roomId)).includes(SECRET), true, 'whether what they wrote stays');
      }
      equal((await refusalOf('their profile', there.profile(here.userId))).status, 404, 'their profile');
      await refusalOf('a new invitation', there.invite(theirs, here.userId));
    },
  ),
  fromCauseway(
    'who is erased leaves nothing to a server that comes later, and its copies to one that was there',
    [],
    async (direction, sides) => {
      const { here, there } = direction;
      const admin = await adminOf(sides.causeway);
      await here.setDisplayName('Countess Lovelace');
      const known = await sharedRoom(direction);
      const later = await admin.createRoom({
        preset: 'private_chat',
        creation_content: { 'm.federate': true },
      });
      await admin.invite(later, here.userId);
      await here.join(later);
      const written = await writeAll(here, known);
      const unseen = await writeAll(here, later);
      await admin.sendText(later, 'I will keep it');
      await there.waitForEvent(known, 'the picture', ({ event_id }) => event_id === written.picture);
      equal(
        Buffer.compare((await there.download(written.url)).bytes, written.bytes),
        0,
        'the picture before',
      );

      await endAccount(admin, here, { erase: true });
      await untilLeft(there, [known], here);
      await untilLeft(admin, [later], here);

      // The copies of who was there are theirs; nothing tells them to delete anything.
      const kept = await readBack(there, known);
      equal(JSON.stringify(kept).includes(SECRET), true, 'whether their copy is whole');
      equal(kept.filter(({ type }) => type === 'm.room.redaction').length, 0, 'deletions');
      equal(Buffer.compare((await there.download(written.url)).bytes, written.bytes), 0, 'their picture');
      equal(
        await there.state(known, 'm.room.member', here.userId),
        { membership: 'leave' },
        'what the leave says of them',
      );
      const colleague = await sides.colleagueOf(there);
      await letIn(there, known, colleague);
      equal(
        (await allBodies(colleague, known)).includes(SECRET),
        true,
        'whether their server shows its copy',
      );

      // Here, who comes later gets it without content, and an edit as what it is.
      const newcomer = await sides.colleagueOf(here);
      await letIn(there, known, newcomer);
      const seenHere = await until('what they wrote', async () => {
        const seen = by(here, await readBack(newcomer, known));
        return seen.length >= 3 && seen;
      });
      equal(
        seenHere.map(({ event_id }) => event_id).sort(),
        [written.original, written.edit, written.picture].sort(),
        'what there was',
      );
      for (const { event_id, content, unsigned } of seenHere) {
        equal(content, {}, 'its content');
        equal(unsigned?.['org.causeway.erased'], true, 'why');
        equal(
          unsigned?.['org.causeway.replaces'],
          event_id === written.edit ? written.original : undefined,
          'what it edits',
        );
      }

      // A server that was not in a room comes into it: there is a gap where they wrote.
      await letIn(admin, later, there);
      const filled = await until('the history', async () => {
        const events = await readBack(there, later);
        return events.some(({ content }) => content['body'] === 'I will keep it') && events;
      });
      equal(
        by(here, filled).map(({ event_id, content }) => [event_id, content]),
        [unseen.picture, unseen.edit, unseen.original].map((id) => [id, {}]),
        'what their server got',
      );
      equal(/draught|chart\.png|mxc:/.test(JSON.stringify(filled)), false, 'whether something is left');
      await refusalOf('the picture there', there.download(unseen.url));
    },
  ),
];
