/**
 * Redactions of redactions, of the create event, and, where authors choose event IDs, of each other and of themselves: in
 * every room version, in both orders, and after a restart.
 *
 * ```text
 * message ◄── first ◄── second ◄── third        redacts: what the arrow points to
 * create  ◄── ofCreate
 * one ◄──► other, self ◄──┐                     only in room versions 1 and 2: later an event's ID is its hash, which
 *                  └──────┘                     covers what it redacts
 * ```
 */
import { roomById } from '@causeway/homeserver';
import { type EventId, KNOWN_ROOM_VERSIONS, redact } from '@causeway/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { roomPath, until } from '../organisations.ts';
import { textOf } from './event-faults.ts';
import { type Made, madeEvent } from './hostile-event.ts';
import { type HostileGround, startHostileGround } from './hostile-ground.ts';

let ground: HostileGround;

beforeAll(async () => {
  ground = await startHostileGround();
});
afterAll(() => ground[Symbol.asyncDispose]());

const stored = (eventId: string) => {
  const { engine } = ground.north;
  return engine.store.read((reader) => engine.events.byId(reader, eventId));
};

/** The event that each of these is redacted by, by name. */
type Plan = { readonly made: Made; readonly redactedBy: Made | undefined };

const chosenId = (): EventId => `$${crypto.randomUUID()}:south.test` as EventId;

/** All follow the same events, so that any of them may come first. */
const plansIn = async (roomId: string): Promise<readonly Plan[]> => {
  const { north, south, samId: sender } = ground;
  const place = { receiver: north.engine, author: south.engine, roomId, sender };
  const message = await madeEvent(place);
  const { rules } = message;
  const redaction = (redacts: EventId, event_id?: EventId) =>
    madeEvent(place, {
      type: 'm.room.redaction',
      ...(rules.redactsInContent ? { content: { redacts } } : { content: {}, redacts }),
      ...(event_id === undefined ? {} : { event_id }),
    });
  const first = await redaction(message.eventId);
  const second = await redaction(first.eventId);
  const third = await redaction(second.eventId);
  const chain: readonly Plan[] = [
    { made: message, redactedBy: first },
    { made: first, redactedBy: second },
    { made: second, redactedBy: third },
    { made: third, redactedBy: undefined },
  ];
  const ofCreate: Plan = { made: await redaction(await createIn(roomId)), redactedBy: undefined };
  if (rules.eventIdFormat !== 'sender-chosen') return [...chain, ofCreate];
  const [oneId, otherId, selfId] = [chosenId(), chosenId(), chosenId()];
  const one = await redaction(otherId, oneId);
  const other = await redaction(oneId, otherId);
  const self = await redaction(selfId, selfId);
  return [
    ...chain,
    ofCreate,
    { made: one, redactedBy: other },
    { made: other, redactedBy: one },
    { made: self, redactedBy: self },
  ];
};

const createIn = async (roomId: string): Promise<EventId> => {
  const { engine } = ground.north;
  return engine.store.read(async (reader) => {
    const room = await roomById(reader, roomId);
    if (room === undefined) throw new Error(`there is no room ${roomId}`);
    return (await engine.events.byNid(reader, room.create_event_nid)).eventId;
  });
};

const outcomeOf = async ({ made, redactedBy }: Plan) => {
  const event = await stored(made.eventId);
  return {
    verdict: event?.verdict,
    by: event?.redactedBy,
    pdu: event?.pdu,
    expected: {
      verdict: 'accepted',
      by: redactedBy?.eventId ?? null,
      pdu: redactedBy === undefined ? made.pdu : redact(made.rules, made.pdu),
    },
  };
};

const expectAll = async (roomId: string, plans: readonly Plan[]): Promise<void> => {
  for (const plan of plans) {
    const { expected, ...found } = await outcomeOf(plan);
    expect(found).toEqual(expected);
    const event = encodeURIComponent(plan.made.eventId);
    const { bytes, status } = await ground.nora.call('GET', `${roomPath(roomId)}/event/${event}`);
    expect(status).toBe(200);
    expect(bytes.length).toBeLessThan(4_096);
  }
  const create = await stored(await createIn(roomId));
  expect([create?.verdict, create?.redactedBy]).toEqual(['accepted', null]);
};

const kept: { readonly roomId: string; readonly plans: readonly Plan[] }[] = [];

describe.each(KNOWN_ROOM_VERSIONS)('in room version %s, redactions of redactions', (room_version) => {
  it.each(['as they were made', 'the other way round'])(
    'are carried out without end or loop when they come %s',
    async (order) => {
      const roomId = await ground.room({ room_version });
      const plans = await plansIn(roomId);
      const sent = order === 'as they were made' ? plans : plans.toReversed();
      for (const { made } of sent) {
        const { body } = await ground.send(`{"pdus":[${textOf(made.pdu)}],"edus":[]}`);
        expect(body).toEqual({ pdus: { [made.eventId]: {} } });
      }
      for (const { made } of plans) await until('its verdict', () => stored(made.eventId));
      await ground.talks(roomId);
      await expectAll(roomId, plans);
      kept.push({ roomId, plans });
    },
  );
});

describe('redactions of redactions', () => {
  it('leave everything as it was, also after a restart', async () => {
    expect(kept).toHaveLength(KNOWN_ROOM_VERSIONS.length * 2);
    const ends = [kept[0], kept.at(-1)].flatMap((entry) => (entry === undefined ? [] : [entry.roomId]));
    for (const roomId of ends) await ground.works(roomId);
    await ground.restart();
    for (const { roomId, plans } of kept) await expectAll(roomId, plans);
    for (const roomId of ends) await ground.works(roomId);
    expect(ground.faults()).toEqual([]);
  });
});
