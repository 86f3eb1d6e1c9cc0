import { describe, expect, it } from 'vitest';
import { authEventIds } from '../events/event-references.ts';
import type { Pdu } from '../events/pdu.ts';
import type { EventId } from '../identifiers/identifiers.ts';
import type { JsonObject } from '../json/json-value.ts';
import { complainAboutProperties } from '../test-support/check-state-resolution.ts';
import { roomVersion } from '../test-support/identifiers.ts';
import { TestRoom } from '../test-support/room.ts';
import { present } from '../test-support/vectors.ts';
import {
  type ConflictedState,
  type Resolution,
  resolveConflicts,
  resolveConflictsInSteps,
} from './resolve-conflicts.ts';
import { resolveStateSets } from './resolve-state-sets.ts';
import { type StateEvent, stateKeyOf } from './state-map.ts';
import { ContentElsewhereError } from './steps.ts';

/** More than one step of a resolution reads. */
const AT_HAND = 12;

const withContentElsewhere = ({ eventId, pdu }: StateEvent, atHand: readonly EventId[]): Pdu => ({
  ...pdu,
  get content(): JsonObject {
    if (!atHand.includes(eventId)) throw new ContentElsewhereError(eventId);
    return pdu.content;
  },
});

describe('state resolution of random rooms', () => {
  it('follows the specification, whatever the order of its input', () => {
    expect(complainAboutProperties((input) => resolveStateSets(input), 400, Date.now())).toEqual([]);
  });

  it('comes to the same when the contents of a few events are at hand at once', () => {
    let asked = 0;
    const resolve = (conflict: ConflictedState): Resolution => {
      const atHand: EventId[] = [];
      const event = (id: EventId) => {
        const whole = conflict.event(id);
        return whole && { ...whole, pdu: withContentElsewhere(whole, atHand) };
      };
      const steps = resolveConflictsInSteps({ ...conflict, event });
      for (;;) {
        const step = steps.next();
        if (step.done) return step.value;
        if (step.value === undefined) continue;
        asked++;
        atHand.push(step.value);
        if (atHand.length > AT_HAND) atHand.shift();
      }
    };
    expect(complainAboutProperties((input) => resolveStateSets(input, resolve), 200, Date.now())).toEqual([]);
    expect(asked).toBeGreaterThan(1_000);
  });
});

describe('state resolution', () => {
  it('says which events it misses, all that it can name at once', () => {
    const room = new TestRoom(roomVersion('12')).furnish();
    const [base] = [...room.leaves];
    const after = [present(base)];
    const topic = (text: string) =>
      room.send({
        type: 'm.room.topic',
        sender: room.creator,
        stateKey: '',
        content: { topic: text },
        after,
      });
    const [a, b] = [topic('a'), topic('b')];
    const key = stateKeyOf('m.room.topic', '');
    const known = new Set([a.eventId, b.eventId]);
    const resolve = () =>
      resolveConflicts({
        rules: room.rules,
        conflicted: new Map([[key, [a.eventId, b.eventId]]]),
        unconflicted: (asked) => (asked === key ? undefined : room.stateAfter(after).get(asked)),
        authDifference: [],
        conflictedSubgraph: [],
        event: (id) => (known.has(id) ? room.event(id) : undefined),
        createEvent: room.create,
      });
    const first = resolve();
    expect(first).toEqual({ kind: 'missing', eventIds: authEventIds(a.pdu) });
    for (const id of authEventIds(a.pdu)) known.add(id);
    expect(resolve()).toEqual({ kind: 'resolved', state: new Map([[key, b.eventId]]) });
  });

  it('uses no rejected event to authorise another', () => {
    const room = new TestRoom(roomVersion('12')).furnish();
    const [base] = [...room.leaves];
    const bob = '@bob:b.example';
    const join = room.send({
      type: 'm.room.member',
      sender: bob,
      stateKey: bob,
      content: { membership: 'join' },
    });
    const name = room.send({
      type: 'm.room.power_levels',
      sender: room.creator,
      stateKey: '',
      content: { state_default: 0 },
    });
    const topic = room.send({ type: 'm.room.topic', sender: bob, stateKey: '', content: { topic: 'x' } });
    const resolve = (rejected: boolean) =>
      resolveConflicts({
        rules: room.rules,
        conflicted: new Map([[stateKeyOf('m.room.topic', ''), [topic.eventId]]]),
        unconflicted: () => undefined,
        authDifference: [],
        conflictedSubgraph: [],
        event: (id) => (id === join.eventId ? { ...join, rejected } : room.event(id)),
        createEvent: room.create,
      });
    expect([base, name.rejected]).toEqual([present(base), false]);
    expect(resolve(false)).toMatchObject({
      state: new Map([[stateKeyOf('m.room.topic', ''), topic.eventId]]),
    });
    expect(resolve(true)).toMatchObject({ state: new Map() });
  });

  it('of equal states is that state', () => {
    const room = new TestRoom(roomVersion('11')).furnish();
    const state = room.stateAfter([...room.leaves]);
    const resolution = resolveStateSets({
      rules: room.rules,
      stateSets: [state, new Map(state)],
      event: () => undefined,
    });
    expect(resolution).toEqual({ kind: 'resolved', state });
  });
});
