/** A server that brings more ephemeral data than it may. */
import { noMeter, systemClock } from '@causeway/homeserver';
import type { JsonObject, RoomId } from '@causeway/protocol';
import { describe, expect, it } from 'vitest';
import { eventually, TestNetwork, type TestServer } from './network.ts';
import { bodies, say, sharedRoom } from './north-and-south.ts';
import { signedTransaction } from './signed-transaction.ts';

/** What one server may bring at once. */
const BURST = { 'm.typing': 200, 'm.presence': 200, 'm.receipt': 2000 };
const KINDS = { 'm.typing': 'typing', 'm.presence': 'presence', 'm.receipt': 'receipts' } as const;
const EDUS_PER_TRANSACTION = 100;

const contentOf = (type: keyof typeof BURST, roomId: RoomId, user: string): JsonObject =>
  ({
    'm.typing': { room_id: roomId, user_id: user, typing: true },
    'm.presence': { push: [{ user_id: user, presence: 'online', last_active_ago: 1 }] },
    'm.receipt': { [roomId]: { 'm.read': { [user]: { event_ids: ['$none'], data: { ts: 1 } } } } },
  })[type];

describe.each(['m.typing', 'm.presence', 'm.receipt'] as const)('a flood of %s', (edu_type) => {
  it('is dropped and counted beyond the allowance of its server; events and other servers pass', async () => {
    await using network = new TestNetwork();
    const dropped: string[] = [];
    let looked = 0;
    const now = Date.now();
    const north = await network.add('north.test', {
      // Nothing comes back to an allowance meanwhile.
      clock: { ...systemClock, now: () => now },
      meter: { ...noMeter, eduDropped: (kind) => void dropped.push(kind) },
      policy: (question) => {
        if (question.kind === 'exchange-ephemeral' && question.what === KINDS[edu_type]) looked++;
        return true;
      },
    });
    const south = await network.add('south.test');
    const west = await network.add('west.test');
    const [ada, sol] = [north.user('ada'), south.user('sol')];
    const roomId = await sharedRoom({ network, north, south, ada, sol });
    const flood = async (from: TestServer, user: string, edus: number, pdus: readonly JsonObject[] = []) => {
      const content = contentOf(edu_type, roomId, user);
      const answer = await signedTransaction(from, north, {
        pdus,
        edus: Array.from({ length: edus }, () => ({ edu_type, content })),
      });
      expect(answer.status).toBe(200);
    };

    const transactions = BURST[edu_type] / EDUS_PER_TRANSACTION + 1;
    for (let sent = 1; sent < transactions; sent++) await flood(south, sol, EDUS_PER_TRANSACTION);
    // The last of the flood has an event beside it, which is south's own, kept back until now.
    network.cut('north.test', true);
    const eventId = await say(south, sol, roomId, 'beside the flood');
    const pdu = await south.engine.store.read(async (reader) => {
      const event = await south.engine.events.byId(reader, eventId);
      return event?.pdu;
    });
    if (pdu === undefined) throw new Error('no event');
    await flood(south, sol, EDUS_PER_TRANSACTION, [pdu]);
    await eventually('the event', async () =>
      (await bodies(north.engine, roomId)).includes('beside the flood'),
    );

    expect(looked).toBe(BURST[edu_type]);
    expect(dropped).toHaveLength(transactions * EDUS_PER_TRANSACTION - looked);
    expect(new Set(dropped)).toEqual(new Set([KINDS[edu_type]]));

    network.cut('north.test', false);
    const before = { looked, dropped: dropped.length };
    await flood(west, west.user('wes'), 10);
    expect({ looked, dropped: dropped.length }).toEqual({ ...before, looked: before.looked + 10 });
  });
});
