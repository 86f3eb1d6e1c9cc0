/** Signing keys that change, and keys that are had from others. */
import { request } from './matrix-client.ts';
import { startThirdServer } from './third-server.ts';
import {
  adminOf,
  allBodies,
  alone,
  at,
  equal,
  exactly,
  exchange,
  refusalOf,
  type Scenario,
  serverOf,
  sharedRoom,
  until,
  withSetting,
} from './two-sides.ts';

const PUBLIC_ROOM = { preset: 'public_chat' };

/** What a server says of its keys. */
const keysOf = async (
  baseUrl: string,
): Promise<{ readonly current: string; readonly old: readonly string[] }> => {
  const answer = await request({ method: 'GET', url: `${baseUrl}/_matrix/key/v2/server` });
  const [current = ''] = Object.keys(Object(answer['verify_keys']));
  return { current, old: Object.keys(Object(answer['old_verify_keys'])) };
};

export const keyScenarios: readonly Scenario[] = alone([
  {
    name: 'Causeway changes its signing key: Synapse takes what was signed before, between and after',
    direction: 'causeway-synapse',
    shows: [],
    run: async (sides) => {
      const { causeway, synapse, ours, theirs } = sides;
      const shared = await sharedRoom({ here: ours, there: theirs });
      await exchange({ here: ours, there: theirs }, shared);
      const first = (await keysOf(causeway.baseUrl)).current;
      // Synapse never meets the second key while it is in use: it must find it among the old ones.
      await synapse.stop();
      await causeway.command({ kind: 'signing-key-rotate' });
      const roomId = await ours.createRoom(PUBLIC_ROOM);
      await ours.sendText(roomId, 'signed with the second key');
      const second = (await keysOf(causeway.baseUrl)).current;
      await causeway.command({ kind: 'signing-key-rotate' });
      await ours.sendText(roomId, 'signed with the third key');
      const { current, old } = await keysOf(causeway.baseUrl);
      equal(new Set([first, second, current]).size, 3, 'the number of keys');
      equal(
        [first, second].every((key) => old.includes(key)),
        true,
        'whether both are published as old',
      );
      await synapse.start();
      await theirs.join(roomId, [serverOf(ours)]);
      await until('both messages at Synapse', async () =>
        exactly(
          await allBodies(theirs, roomId),
          ['signed with the second key', 'signed with the third key'],
          theirs.userId,
        ),
      );
      await exchange({ here: ours, there: theirs }, roomId);
      await exchange({ here: theirs, there: ours }, shared);
    },
  },
  {
    name: 'Synapse changes its signing key: Causeway takes what was signed before, between and after',
    direction: 'synapse-causeway',
    shows: [],
    run: async (sides) => {
      const { causeway, synapse, ours, theirs } = sides;
      const shared = await sharedRoom({ here: theirs, there: ours });
      await exchange({ here: theirs, there: ours }, shared);
      await causeway.stop();
      await synapse.rotateKey();
      const roomId = await theirs.createRoom(PUBLIC_ROOM);
      await theirs.sendText(roomId, 'signed with the second key');
      await synapse.rotateKey();
      await theirs.sendText(roomId, 'signed with the third key');
      await causeway.start();
      await ours.join(roomId, [serverOf(theirs)]);
      await until('both messages at Causeway', async () =>
        exactly(
          await allBodies(ours, roomId),
          ['signed with the second key', 'signed with the third key'],
          ours.userId,
        ),
      );
      await exchange({ here: theirs, there: ours }, roomId);
      await exchange({ here: ours, there: theirs }, shared);
    },
  },
  {
    name: 'Causeway asks Synapse, as its notary, for the key of a server that is gone',
    direction: 'causeway-synapse',
    shows: [],
    run: async (sides) => {
      const { causeway, synapse, ours } = sides;
      await using third = await startThirdServer(sides.ca);
      await using stranger = await startThirdServer(sides.ca);
      await synapse.fetchKey(third);
      await third.goAway();
      await stranger.goAway();
      const admin = await adminOf(sides.causeway);
      const asked = (server: typeof third) => server.askForProfile(causeway.serverName, ours.userId);
      await withSetting(admin, 'federation.notaries', [synapse.serverName], async () => {
        equal(await asked(third), 200, 'the answer to a server whose key the notary has');
        equal(await asked(stranger), 401, 'the answer to a server whose key nobody has');
      });
    },
  },
  {
    name: 'Synapse asks Causeway, as its notary, for the key of a server that is gone',
    direction: 'synapse-causeway',
    shows: [],
    run: async (sides) => {
      const { causeway, synapse, theirs } = sides;
      await using third = await startThirdServer(sides.ca);
      const query = { server_keys: { [third.serverName]: { [third.keyId]: {} } } };
      const told = await request({
        method: 'POST',
        url: `${causeway.baseUrl}/_matrix/key/v2/query`,
        body: query,
      });
      equal(at(told, 'server_keys', '0', 'server_name'), third.serverName, 'whom Causeway tells of');
      await third.goAway();
      const ask = () => third.askForProfile(synapse.serverName, theirs.userId);
      equal(await ask(), 401, 'the answer to a server whose key is not to be had');
      await synapse.reconfigure({ trusted_key_servers: [{ server_name: causeway.serverName }] });
      try {
        equal(await ask(), 200, 'the answer once the notary is asked');
      } finally {
        await synapse.reconfigure({ trusted_key_servers: [] });
      }
    },
  },
  {
    name: 'an admin switches federation off: nothing goes either way, and what was missed arrives when it is on again',
    direction: 'synapse-causeway',
    shows: [],
    run: async (sides) => {
      const { ours, theirs } = sides;
      const roomId = await sharedRoom({ here: theirs, there: ours });
      await exchange({ here: theirs, there: ours }, roomId);
      const admin = await adminOf(sides.causeway);
      await withSetting(admin, 'federation.enabled', false, async () => {
        const refusal = await refusalOf('writing', ours.sendText(roomId, 'while it is off'));
        equal(
          refusal.message.includes('switched the exchange with them off'),
          true,
          'whether the reason is said',
        );
        const readable = await allBodies(ours, roomId);
        equal(readable.toSorted(), ['a question', 'an answer'], 'what can be read');
        for (const body of ['missed 1', 'missed 2']) await theirs.sendText(roomId, body);
      });
      await until('what was missed', async () =>
        exactly(await allBodies(ours, roomId), ['missed 1', 'missed 2'], ours.userId),
      );
      await exchange({ here: ours, there: theirs }, roomId);
    },
  },
]);
