/** Messages from device to device, as those who encrypt send them, across servers. */
import { randomUUID } from 'node:crypto';
import { MatrixClient } from './matrix-client.ts';
import {
  alone,
  bothWays,
  equal,
  listOf,
  localpartOf,
  type Scenario,
  serverOf,
  sharedRoom,
  type Sides,
  until,
} from './two-sides.ts';

const TYPE = 'org.example.to_device';

/** What a client got for its device so far, as it syncs. */
const collector = (client: MatrixClient) => {
  const got: unknown[] = [];
  const from: unknown[] = [];
  return {
    got,
    from,
    async until(count: number, what: string): Promise<void> {
      await until(what, async () => {
        for (const event of listOf((await client.sync(0)).to_device?.events)) {
          if (event['type'] !== TYPE) continue;
          got.push(event['content']);
          from.push(event['sender']);
        }
        return got.length >= count;
      });
    },
  };
};

const deviceOf = async (client: MatrixClient): Promise<string> =>
  String((await client.call('GET', 'v3/account/whoami'))['device_id']);

const send = (from: MatrixClient, messages: object, txnId: string = randomUUID()) =>
  from.call('PUT', `v3/sendToDevice/${TYPE}/${txnId}`, { messages });

/** Another device of this person. */
const signIn = (person: MatrixClient, { causeway }: Sides): Promise<MatrixClient> => {
  const isOurs = serverOf(person) === causeway.serverName;
  const password = isOurs ? `${localpartOf(person)}-password` : 'a-long-password';
  return MatrixClient.login(person.baseUrl, localpartOf(person), password);
};

export const deviceMessageScenarios: readonly Scenario[] = [
  ...bothWays(
    'a message for one device of the other server, and one for all of them',
    ['encrypted.messages'],
    async (direction, sides) => {
      const here = await sides.colleagueOf(direction.here);
      const there = await sides.colleagueOf(direction.there);
      await sharedRoom({ here, there });
      const other = await signIn(there, sides);
      const [first, second] = [collector(there), collector(other)];
      const content = { ciphertext: { 'curve/+=': { body: 'ü€😀', type: 0 } }, sent: 1_700_000_000_000 };
      const txnId = randomUUID();
      const named = { [there.userId]: { [await deviceOf(there)]: content } };
      await send(here, named, txnId);
      // The client did not hear of it, and asks again.
      await send(here, named, txnId);
      await first.until(1, 'the message for the device');
      await send(here, { [there.userId]: { '*': { n: 2 } } });
      await first.until(2, 'the message for all devices, at the first');
      await second.until(1, 'the message for all devices, at the second');
      equal(first.got, [content, { n: 2 }], 'what the first device got');
      equal(second.got, [{ n: 2 }], 'what the second device got');
      equal(first.from, [here.userId, here.userId], 'who sent it');
    },
  ),
  ...alone(
    bothWays(
      'messages for a device whose server is away arrive once, in order, when it is back',
      ['encrypted.messages'],
      async (direction, sides) => {
        const here = await sides.colleagueOf(direction.here);
        const there = await sides.colleagueOf(direction.there);
        const roomId = await sharedRoom({ here, there });
        const inbox = collector(there);
        const deviceId = await deviceOf(there);
        await send(here, { [there.userId]: { [deviceId]: { n: 0 } } });
        await inbox.until(1, 'the first message');
        const server = direction.label === 'Causeway' ? sides.synapse : sides.causeway;
        await server.stop();
        for (let n = 1; n <= 5; n++) await send(here, { [there.userId]: { [deviceId]: { n } } });
        await server.start();
        // What comes from a server tells the other that it is back.
        await there.sendText(roomId, 'back again');
        await here.waitForText(roomId, 'back again');
        await inbox.until(6, 'the messages that waited');
        await send(here, { [there.userId]: { [deviceId]: { n: 6 } } });
        await inbox.until(7, 'the message afterwards');
        equal(
          inbox.got,
          [0, 1, 2, 3, 4, 5, 6].map((n) => ({ n })),
          'what the device got',
        );
      },
    ),
  ),
];
