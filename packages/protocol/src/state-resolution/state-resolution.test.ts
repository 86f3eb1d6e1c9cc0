import { describe, expect, it } from 'vitest';
import { complainAboutProperties } from '../test-support/check-state-resolution.ts';
import { roomVersion } from '../test-support/identifiers.ts';
import { TestRoom } from '../test-support/room.ts';
import { present } from '../test-support/vectors.ts';
import { resolveConflicts } from './resolve-conflicts.ts';
import { resolveStateSets } from './resolve-state-sets.ts';
import { stateKeyOf } from './state-map.ts';

describe('state resolution of random rooms', () => {
  it('follows the specification, whatever the order of its input', () => {
    expect(complainAboutProperties(resolveStateSets, 400, Date.now())).toEqual([]);
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
    expect(first).toEqual({ kind: 'missing', eventIds: a.pdu.auth_events });
    for (const id of a.pdu.auth_events) known.add(id);
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
