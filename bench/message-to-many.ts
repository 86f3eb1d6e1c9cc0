/**
 * A message in a room with many members of this server, as far as they make it dear: one transaction with one
 * message, in process. All have the predefined push rules but a few who muted the room; one message in two names
 * somebody.
 */
import { createRoom, type Engine, sendEvent, updatePushRules } from '@causeway/homeserver';
import type { RoomId } from '@causeway/protocol';
import { joinAll } from '@causeway/testing';
import { type Measure, quantile } from './figures.ts';
import { localUser, openMeasuredServer } from './measured-server.ts';
import { RemotePeer } from './remote-peer.ts';
import type { OpenRow } from './row.ts';

const MEMBERS = 2_000;
const MUTED = 10;
const SENDS = 200;

const toFew: Measure = { name: 'durable message to 2 local members, p50', unit: 'ms' };
const toMany: Measure = { name: 'durable message to 2,000 local members, p50', unit: 'ms' };
const toManySlow: Measure = { name: 'durable message to 2,000 local members, p99', unit: 'ms' };

export const openMessageToMany: OpenRow = async ({ folder }) => {
  const server = await openMeasuredServer(folder, new RemotePeer('peer.test'));
  const { engine } = server;
  const few = await createRoom(engine, localUser('ada'), { preset: 'public_chat' });
  const many = await createRoom(engine, localUser('ada'), { preset: 'public_chat' });
  const people = Array.from({ length: MEMBERS - 1 }, (_, index) => ({
    userId: localUser(`member${index}`),
    displayname: `Member ${index}`,
  }));
  await joinAll(engine, few, people.slice(0, 1));
  await joinAll(engine, many, people);
  for (const { userId } of people.slice(0, MUTED)) {
    const muted = { rule_id: many, default: false, enabled: true, actions: [] };
    await updatePushRules(engine, userId, (rules) => ({ ...rules, room: [muted] }));
  }
  return {
    async measure() {
      const short = await sendMany(engine, few);
      const long = await sendMany(engine, many);
      return [
        { measure: toFew, value: quantile(short, 0.5) },
        { measure: toMany, value: quantile(long, 0.5) },
        { measure: toManySlow, value: quantile(long, 0.99) },
      ];
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
};

/** How long each took, in milliseconds. */
const sendMany = async (engine: Engine, roomId: RoomId): Promise<readonly number[]> => {
  const waits: number[] = [];
  for (let index = 0; index < SENDS; index++) {
    const named = index % 2 === 0 ? [localUser(`member${index}`)] : [];
    const start = performance.now();
    await sendEvent(engine, {
      roomId,
      sender: localUser('ada'),
      type: 'm.room.message',
      content: { msgtype: 'm.text', body: `message ${index}`, 'm.mentions': { user_ids: named } },
    });
    waits.push(performance.now() - start);
  }
  return waits;
};
