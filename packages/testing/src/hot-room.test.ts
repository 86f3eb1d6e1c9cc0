/** How soon people hear each other beside a room in which another server never stops talking. */
import { forwardExtremities, roomById, stagedPdus } from '@causeway/homeserver';
import { type EventId, parseRoomId, type RoomId, type UserId } from '@causeway/protocol';
import { expect, it } from 'vitest';
import { madeMessage } from './made-event.ts';
import { eventually } from './network.ts';
import { at, follow, list, type Organisations, roomPath, say, startOrganisations } from './organisations.ts';
import { signedTransaction } from './signed-transaction.ts';

const PROBES = 150;
const PDUS_PER_TRANSACTION = 50;
/** What was measured is in the output. One queue for all rooms would make it seconds. */
const MAX_P99_MS = 500;
/** Where the machine has other things to do, it is as late without the traffic. */
const MAX_RATIO = 4;

/** The time below which so large a part of these times is. */
const percentile = (times: readonly number[], part: number): number =>
  times.toSorted((a, b) => a - b)[Math.ceil(times.length * part) - 1] ?? 0;

/** Sends message after message of sam's into a room, until it is told to end; returns how many. */
const flood = async ({ north, south, sam }: Organisations, roomId: RoomId, isOver: () => boolean) => {
  const tip = await south.engine.store.read(async (reader) => {
    const room = await roomById(reader, roomId);
    const end = await reader.first(forwardExtremities, { where: { room_nid: room?.room_nid ?? -1 } });
    return south.engine.events.byNid(reader, end?.event_nid ?? -1);
  });
  let follows: readonly EventId[] = [tip.eventId];
  let sent = 0;
  while (!isOver()) {
    const made = [];
    while (made.length < PDUS_PER_TRANSACTION) {
      const sender = sam.userId as UserId;
      const message = await madeMessage(south, { roomId, sender, body: `flood ${sent++}`, follows });
      follows = [message.eventId];
      made.push(message.pdu);
    }
    expect((await signedTransaction(south, north, { pdus: made })).status).toBe(200);
  }
  return { sent, last: follows[0] };
};

it('is nearly as soon as ever: the 99th percentile of other rooms beside a room with much traffic', {
  timeout: 120_000,
}, async () => {
  await using net = await startOrganisations();
  const { north, nora, sam } = net;
  const nick = await net.person(north, 'nick');
  const hot = parseRoomId(await net.sharedRoom());
  if (hot === undefined) throw new Error('no room');
  const { room_id: quiet } = await nora.ok('POST', '/createRoom', { invite: [nick.userId] });
  const quietId = String(quiet);
  await nick.ok('POST', `${roomPath(quietId)}/join`, {});
  const next = await follow(nick);

  /** From sending to the answer of the sync of somebody else. */
  const latency = async (body: string): Promise<number> => {
    const began = performance.now();
    const heard = next((sync) =>
      list(at(sync, 'rooms', 'join', quietId, 'timeline', 'events')).some(
        ({ content }) => at(content, 'body') === body,
      )
        ? performance.now()
        : undefined,
    );
    await say(nora, quietId, body);
    return (await heard) - began;
  };
  const measure = async (): Promise<readonly number[]> => {
    const times: number[] = [];
    while (times.length < PROBES) times.push(await latency(crypto.randomUUID()));
    return times;
  };

  const alone = await measure();
  let isOver = false;
  const flooding = flood(net, hot, () => isOver);
  const beside = await measure();
  isOver = true;
  const { sent, last } = await flooding;

  const figures = [alone, beside].map((times) =>
    [0.5, 0.99, 1].map((part) => percentile(times, part).toFixed(1)).join(' / '),
  );
  process.stdout.write(
    `median / 99th percentile / longest in ms: alone ${figures[0]}, beside ${sent} events ${figures[1]}\n`,
  );
  expect(sent).toBeGreaterThan(PROBES);
  expect(percentile(beside, 0.99)).toBeLessThan(Math.max(MAX_P99_MS, MAX_RATIO * percentile(alone, 0.99)));

  // Nothing of the flood is lost for it, and sam is heard where it was.
  await eventually(
    'all of the flood',
    () =>
      north.engine.store.read(
        async (reader) =>
          (await reader.count(stagedPdus, {})) === 0 &&
          last !== undefined &&
          (await north.engine.events.byId(reader, last))?.verdict === 'accepted',
      ),
    60_000,
  );
  const after = await say(sam, hot, 'after the flood');
  await eventually('sam', async () => {
    const { status } = await nora.call('GET', `${roomPath(hot)}/event/${encodeURIComponent(after)}`);
    return status === 200;
  });
});
