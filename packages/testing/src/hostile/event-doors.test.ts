/**
 * Every way by which an event of another server comes in, with everything that can be wrong with its signature: what the
 * specification makes of it, what its sender is told, that nothing of it is kept, and that both servers still hear each
 * other in the room; after each way everything that can be read is read, also after a restart.
 */
import { randomBytes } from 'node:crypto';
import { redact, signingKeyFromSeed } from '@causeway/protocol';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type EventDoor, eventDoors, noDoors } from './event-doors.ts';
import { type EventFault, eventFaults, type Signers } from './event-faults.ts';
import type { Made } from './hostile-event.ts';
import { type HostileGround, startHostileGround } from './hostile-ground.ts';

let ground: HostileGround;
let signers: Signers;

beforeAll(async () => {
  ground = await startHostileGround();
  const { engine } = ground.south;
  const retired = engine.signingKey;
  // Before anybody has asked for a key of south.
  await engine.ownKeys.use(signingKeyFromSeed(randomBytes(32), 'next'));
  const { keyId } = engine.signingKey;
  const { engine: west } = ground.west;
  signers = {
    server: 'south.test',
    key: engine.signingKey,
    retired,
    impostor: signingKeyFromSeed(randomBytes(32), keyId.slice('ed25519:'.length)),
    bystander: { server: 'west.test', key: west.signingKey },
  };
});
afterAll(() => ground[Symbol.asyncDispose]());
afterEach(() => {
  ground.deceive(undefined);
  // What a server sends is never a fault of ours.
  expect(ground.faults()).toEqual([]);
});

const contentAfter = ({ rules, pdu }: Made, { verdict }: EventFault) =>
  verdict === 'dropped' ? undefined : verdict === 'redacted' ? redact(rules, pdu).content : pdu.content;

const refusalBy = ({ refusal }: EventDoor, { verdict }: EventFault) =>
  refusal === undefined ? undefined : verdict === 'dropped' ? expect.stringMatching(refusal) : '';

describe.each(eventDoors.map((door) => [door.name, door] as const))(
  'an event that comes by %s',
  (_name, door) => {
    let roomId: string;
    beforeAll(async () => {
      roomId = await ground.room(door.roomOptions);
    });

    it.each(eventFaults.map((fault) => [fault.name, fault.verdict, fault] as const))(
      'with %s is %s, and the room goes on',
      async (_fault, _verdict, fault) => {
        const { made, told, kept, roomId: where } = await door.bring({ ground, roomId, signers }, fault);
        ground.deceive(undefined);
        expect(told).toEqual(refusalBy(door, fault));
        await ground.talks(where);
        expect(await kept()).toEqual(contentAfter(made, fault));
      },
    );

    it('leaves everything as it was, also after a restart', async () => {
      await ground.works(roomId);
      await ground.restart();
      await ground.works(roomId);
    });
  },
);

it('every operation between servers is such a way, or it is said why not', () => {
  const prefix = '/_matrix/federation/';
  const operations = new Set(
    ground.north.routes
      .flatMap(({ paths }) => paths)
      .filter((path) => path.startsWith(prefix))
      .map((path) => path.slice(prefix.length).replace(/\/:.*/, '')),
  );
  const named = eventDoors.flatMap(({ name }) => name.match(/v\d\/\w+/g) ?? []);
  expect(new Set([...named, ...noDoors.map(([operation]) => operation)])).toEqual(operations);
});
