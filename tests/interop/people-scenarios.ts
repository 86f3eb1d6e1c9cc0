/** People: their profiles, receipts and presence, how they are found, and their names when these are meant to deceive. */
import { plainName } from '../../packages/web/src/people/plain-name.ts';
import { makePicture } from '../browser/picture.ts';
import type { MatrixClient } from './matrix-client.ts';
import {
  at,
  bothWays,
  equal,
  fromCauseway,
  listOf,
  refusalOf,
  type Scenario,
  serverOf,
  sharedRoom,
  until,
  untilMembership,
} from './two-sides.ts';

const presencePath = (of: MatrixClient) => `v3/presence/${encodeURIComponent(of.userId)}/status`;

const accountData = (of: MatrixClient, type: string) =>
  `v3/user/${encodeURIComponent(of.userId)}/account_data/${type}`;

const untilName = (seenBy: MatrixClient, roomId: string, of: MatrixClient, name: string) =>
  until(
    'the name',
    async () => (await seenBy.state(roomId, 'm.room.member', of.userId))['displayname'] === name,
  );

/** A name is an own profile and all of one's rooms. */
const nameArrives = async (
  { here, there }: { readonly here: MatrixClient; readonly there: MatrixClient },
  name: string,
): Promise<void> => {
  const roomId = await sharedRoom({ here, there });
  await here.setDisplayName(name);
  await untilName(there, roomId, here, name);
  equal((await there.profile(here.userId))['displayname'], name, 'the profile');
  await here.sendState(roomId, 'm.room.name', '', { name });
  await until(
    'the name of the room',
    async () => (await there.state(roomId, 'm.room.name'))['name'] === name,
  );
};

export const peopleScenarios: readonly Scenario[] = [
  ...bothWays('name and picture at first contact', ['profiles.fetched'], async ({ here, there, label }) => {
    const picture = new Uint8Array(makePicture(32, 32));
    const avatar_url = await here.upload(picture, 'image/png', 'me.png');
    await here.setDisplayName(`Stranger of ${label}`);
    await here.call('PUT', `v3/profile/${encodeURIComponent(here.userId)}/avatar_url`, { avatar_url });
    // They have no room in common.
    const profile = await there.profile(here.userId);
    equal(profile['displayname'], `Stranger of ${label}`, 'the name');
    equal(profile['avatar_url'], avatar_url, 'the picture');
    const { bytes } = await there.download(avatar_url);
    equal(Buffer.compare(bytes, picture), 0, 'the comparison of the bytes');
  }),
  ...bothWays('a new name reaches all rooms', ['profiles.everywhere'], async (direction) => {
    const { here, there, label } = direction;
    const rooms = [await sharedRoom(direction), await sharedRoom(direction), await sharedRoom(direction)];
    await here.setDisplayName(`Everywhere ${label}`);
    for (const roomId of rooms) await untilName(there, roomId, here, `Everywhere ${label}`);
  }),
  ...bothWays('people are found by their names', ['search.people'], async ({ here, there, label }) => {
    const name = `Wilhelmina ${label}`;
    // In a private room, Synapse asks for a changed profile after a minute only.
    const roomId = await here.createRoom({ preset: 'public_chat' });
    await there.join(roomId, [serverOf(here)]);
    await untilMembership(here, roomId, there, 'join');
    await here.setDisplayName(name);
    await until('the person', async () => {
      const { results } = await there.call('POST', 'v3/user_directory/search', {
        search_term: 'Wilhelmina',
      });
      const found = listOf(results).find((person) => person['user_id'] === here.userId);
      return found?.['display_name'] === name;
    });
  }),
  ...bothWays('leaving and coming back', ['members.rejoin'], async ({ here, there }, sides) => {
    const roomId = await here.createRoom({ preset: 'public_chat' });
    const colleague = await sides.colleagueOf(there);
    const members = async (wanted: readonly MatrixClient[]) => {
      const ids = JSON.stringify(wanted.map(({ userId }) => userId).sort());
      for (const client of wanted) {
        await until(
          `the members for ${client.userId}`,
          async () => JSON.stringify(await client.members(roomId)) === ids,
        );
      }
    };
    await colleague.join(roomId, [serverOf(here)]);
    await there.join(roomId, [serverOf(here)]);
    await members([here, there, colleague]);
    // The last of its server: it has to come back from outside.
    await colleague.leave(roomId);
    await there.leave(roomId);
    await members([here]);
    await there.join(roomId, [serverOf(here)]);
    await members([here, there]);
    await here.sendText(roomId, 'welcome back');
    await there.waitForText(roomId, 'welcome back');
  }),
  fromCauseway('private receipts', ['receipts.private'], async (direction) => {
    const { here, there } = direction;
    const roomId = await sharedRoom(direction);
    await there.sync();
    const first = await there.sendText(roomId, 'one');
    const second = await there.sendText(roomId, 'two');
    await here.waitForText(roomId, 'two');
    await here.sendReceipt(roomId, second, 'm.read.private');
    equal((await here.freshRoom(roomId))?.unread_notifications?.['notification_count'], 0, 'what is unread');
    await here.sendReceipt(roomId, first);
    const seen: unknown[] = [];
    // The public one was made later: were the private one sent, it would be here by then.
    await there.waitFor('the public receipt', ({ rooms }) => {
      const receipts = (rooms?.join?.[roomId]?.ephemeral?.events ?? []).filter(
        ({ type }) => type === 'm.receipt',
      );
      seen.push(...receipts.map(({ content }) => content));
      return receipts.some(({ content }) => at(content, first, 'm.read', here.userId) !== undefined);
    });
    equal(JSON.stringify(seen).includes(second), false, 'whether the private receipt is seen');
    equal(JSON.stringify(seen).includes('m.read.private'), false, 'whether a private receipt is seen');
  }),
  fromCauseway('invisible presence', ['presence.invisible'], async (direction) => {
    const { here, there } = direction;
    await sharedRoom(direction);
    await there.sync();
    const presence = async (wanted: string) =>
      until(`${wanted} presence`, async () => {
        const status = await there.call('GET', presencePath(here));
        return status['presence'] === wanted && status;
      });
    await here.call('PUT', presencePath(here), { presence: 'online', status_msg: 'at work' });
    await presence('online');
    // As the web app does it, which goes on syncing.
    await here.call('PUT', accountData(here, 'org.causeway.privacy'), {
      private_receipts: false,
      invisible: true,
    });
    await here.call('PUT', presencePath(here), { presence: 'offline' });
    await presence('offline');
    const roomId = await sharedRoom(direction);
    await here.call('GET', 'v3/sync?timeout=0&set_presence=offline');
    await here.sendText(roomId, 'written by nobody');
    await there.waitForText(roomId, 'written by nobody');
    const status = await presence('offline');
    equal(status['currently_active'] ?? false, false, 'whether they look active');
  }),
  ...bothWays('names with right-to-left marks', ['bad.rtl'], async (direction) => {
    const name = '\u202Egro.hcrib@ada\u202C \u2067abc\u2069\u200F';
    await nameArrives(direction, name);
    equal(plainName(name), 'gro.hcrib@ada abc', 'how the web app shows it');
  }),
  ...bothWays('names made of look-alike letters', ['bad.homoglyphs'], async (direction, sides) => {
    const { here } = direction;
    // Cyrillic letters in place of Latin ones.
    const name = '\u0410d\u0430 L\u043Evelace';
    await nameArrives(direction, name);
    const real = await sides.colleagueOf(here);
    const roomId = await sharedRoom({ here: real, there: direction.there });
    await real.setDisplayName('Ada Lovelace');
    await untilName(direction.there, roomId, real, 'Ada Lovelace');
    equal((await direction.there.profile(here.userId))['displayname'], name, 'whose name is whose');
  }),
  ...bothWays('names of 10 KB', ['bad.long'], async (direction) => {
    const { here, there, label } = direction;
    const long = 'long '.repeat(2_048);
    const roomId = await sharedRoom(direction);
    equal((await refusalOf('a long name', here.setDisplayName(long))).status, 400, 'the refusal');
    // The specification has no limit for the name in a membership; Synapse has one.
    const member = { membership: 'join', displayname: long };
    if (label === 'Causeway') {
      await here.sendState(roomId, 'm.room.member', here.userId, member);
      await untilName(there, roomId, here, long);
    }
    await here.sendState(roomId, 'm.room.name', '', { name: long });
    await until(
      'the name of the room',
      async () => (await there.state(roomId, 'm.room.name'))['name'] === long,
    );
    equal(plainName(long).length <= 201, true, 'whether the web app cuts it');
    await untilMembership(there, roomId, here, 'join');
    await here.sendText(roomId, 'still here');
    await there.waitForText(roomId, 'still here');
  }),
];
