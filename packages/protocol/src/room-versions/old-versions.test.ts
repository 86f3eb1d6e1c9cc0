/** What only old room versions have: IDs that their author chose, numbers of any kind, rules that are gone. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { authorizeEvent } from '../auth/authorize-event.ts';
import { actionPowerLevel, powerLevelOf, readLevel } from '../auth/power-levels.ts';
import { checkPduFormat } from '../events/check-pdu-format.ts';
import { contentHash, eventIdOf, referenceHash } from '../events/event-hashes.ts';
import { authEventIds, depthOf, prevEventIds, referenceTo } from '../events/event-references.ts';
import { identifyEvent } from '../events/identify-event.ts';
import { canonicalJson, lenientCanonicalJson } from '../json/canonical-json.ts';
import { JsonFault, type JsonValue } from '../json/json-value.ts';
import { requiredSigners } from '../signing/event-signatures.ts';
import { somePdu, somePduOf } from '../test-support/events.ts';
import { eventId, roomId, roomVersion, userId } from '../test-support/identifiers.ts';
import { parsed } from '../test-support/vectors.ts';
import { KNOWN_ROOM_VERSIONS } from './room-versions.ts';

const since = (version: number) => KNOWN_ROOM_VERSIONS.slice(version - 1).map(roomVersion);
const until = (version: number) => KNOWN_ROOM_VERSIONS.slice(0, version).map(roomVersion);
const float = (text: string) => new JsonFault('float', text);
const large = (text: string) => new JsonFault('integer-range', text);

describe('event IDs', () => {
  it('are what the author chose in versions 1 and 2', () => {
    for (const rules of until(2)) {
      const event = somePduOf(rules);
      expect(eventIdOf(rules, event)).toBe('$chosen:example.org');
      expect(identifyEvent(rules, event).eventId).toBe('$chosen:example.org');
      expect(() => eventIdOf(rules, somePdu())).toThrow(TypeError);
    }
  });

  it('are hashes in standard Base64 in version 3', () => {
    const [ids] = [Array.from({ length: 50 }, (_, depth) => eventIdOf(roomVersion('3'), somePdu({ depth })))];
    for (const id of ids) expect(id).toMatch(/^\$[A-Za-z0-9+/]{43}$/);
    expect(ids.join('')).toMatch(/[+/]/);
    const urlSafe = (id: string) => id.replaceAll('+', '-').replaceAll('/', '_');
    expect(ids.map(urlSafe)).toEqual(ids.map((_, depth) => eventIdOf(roomVersion('4'), somePdu({ depth }))));
  });

  it('must be there, name a server and be signed by it where they are chosen', () => {
    const rules = roomVersion('1');
    expect(checkPduFormat(rules, somePduOf(rules))).toMatchObject({ ok: true });
    for (const event_id of [
      undefined,
      1,
      '$nobody',
      '$x:',
      'x:example.org',
      `$${'x'.repeat(250)}:a.example`,
    ]) {
      expect(checkPduFormat(rules, somePduOf(rules, { event_id }))).toMatchObject({ ok: false });
    }
    const others = somePduOf(rules, { event_id: '$x:other.example' });
    expect(requiredSigners(rules, others)).toEqual(['example.org', 'other.example']);
    expect(requiredSigners(roomVersion('3'), others)).toEqual(['example.org']);
  });
});

describe('references to other events', () => {
  it('are pairs with a hash in versions 1 and 2, and IDs since', () => {
    const event = { eventId: eventId('$chosen:example.org'), pdu: somePduOf(roomVersion('1')) };
    for (const rules of until(2)) {
      const sha256 = referenceHash(rules, event.pdu);
      expect(sha256).toMatch(/^[A-Za-z0-9+/]{43}$/);
      expect(referenceTo(rules, event)).toEqual([event.eventId, { sha256 }]);
      expect(checkPduFormat(rules, somePdu({ event_id: '$x:example.org' }))).toMatchObject({ ok: false });
    }
    for (const rules of since(3)) {
      expect(referenceTo(rules, event)).toBe(event.eventId);
      expect(checkPduFormat(rules, somePduOf(roomVersion('1')))).toMatchObject({ ok: false });
    }
  });

  it('are read alike', () => {
    const [old, fresh] = [somePduOf(roomVersion('1')), somePduOf(roomVersion('3'))];
    expect(prevEventIds(old)).toEqual(prevEventIds(fresh));
    expect(authEventIds(old)).toEqual(['$create', '$power', '$member']);
  });

  it('need not say the hash', () => {
    const rules = roomVersion('1');
    const event = somePduOf(rules, { auth_events: [['$x:example.org', {}]] });
    expect(checkPduFormat(rules, event)).toMatchObject({ ok: true });
    expect(authEventIds(event)).toEqual(['$x:example.org']);
  });

  it('are refused when they are something else', () => {
    const rules = roomVersion('2');
    const odd: readonly JsonValue[] = ['$x', ['$x'], [['$x']], [['$x', 'hash']], [['x', { sha256: '' }]]];
    for (const prev_events of odd) {
      expect(checkPduFormat(rules, somePduOf(rules, { prev_events }))).toMatchObject({ ok: false });
    }
  });
});

describe('numbers that canonical JSON does not know', () => {
  const written: readonly (readonly [string, string])[] = [
    ['1.0', '1.0'],
    ['50.57', '50.57'],
    ['5.114698E4', '51146.98'],
    ['1e5', '100000.0'],
    ['1e15', '1000000000000000.0'],
    ['1e16', '1e+16'],
    ['123456789012345678901.5', '1.2345678901234568e+20'],
    ['0.0001', '0.0001'],
    ['0.00001', '1e-05'],
    ['5e-324', '5e-324'],
    ['-0.0', '-0.0'],
    ['-2.50', '-2.5'],
    ['9007199254740993', '9007199254740993'],
    ['-123456789012345678901234567890', '-123456789012345678901234567890'],
  ];

  it('are written as other servers write them', () => {
    for (const [text, expected] of written) {
      expect(lenientCanonicalJson(parsed(`{"b":${text},"a":1}`))).toBe(`{"a":1,"b":${expected}}`);
      expect(() => canonicalJson(parsed(text))).toThrow(TypeError);
    }
    for (const text of ['1e999', '"\\ud800"'])
      expect(() => lenientCanonicalJson(parsed(text))).toThrow(TypeError);
  });

  it('come back as they were read when they are stored', () => {
    const text = '{"a":[1.50,1E5,9007199254740993,{"b":-0.0}]}';
    expect(JSON.stringify(parsed(text))).toBe(text);
  });

  it('are the same number after writing and reading', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (number) => {
        const text = lenientCanonicalJson(float(Object.is(number, -0) ? '-0' : `${number}`));
        expect(Number(text)).toBe(number);
        expect(lenientCanonicalJson(parsed(text))).toBe(text);
      }),
    );
  });

  it('are taken up to version 5, as long as a double holds them, and refused since', () => {
    const isTaken = (version: string, content: JsonValue) => {
      const rules = roomVersion(version);
      return checkPduFormat(rules, somePduOf(rules, { content })).ok;
    };
    for (const number of [float('1.5'), large('9007199254740993')]) {
      expect(KNOWN_ROOM_VERSIONS.filter((version) => isTaken(version, { number }))).toEqual([
        '1',
        '2',
        '3',
        '4',
        '5',
      ]);
    }
    expect(isTaken('5', { number: float('1e999') })).toBe(false);
    expect(isTaken('5', { text: new JsonFault('lone-surrogate', '"\\ud800"') })).toBe(false);
  });

  it('are hashed as they are written', () => {
    const rules = roomVersion('4');
    const event = somePduOf(rules, { content: { number: float('5.0e1') } });
    expect(contentHash(event, rules)).toBe(
      contentHash(somePduOf(rules, { content: { number: float('50.0') } }), rules),
    );
    const whole = somePduOf(rules, {
      content: { number: float('5.0e1') },
      hashes: { sha256: contentHash(event, rules) },
    });
    expect(identifyEvent(rules, whole).contentHashOk).toBe(true);
    expect(() => contentHash(event)).toThrow(TypeError);
  });

  it('are a depth up to 2^63 - 1 before version 6', () => {
    const isTaken = (version: string, depth: JsonValue) => {
      const rules = roomVersion(version);
      return checkPduFormat(rules, somePduOf(rules, { depth })).ok;
    };
    expect(isTaken('5', large('9223372036854775807'))).toBe(true);
    expect(isTaken('5', large('9223372036854775808'))).toBe(false);
    expect(isTaken('5', float('1.0'))).toBe(false);
    expect(isTaken('6', large('9007199254740993'))).toBe(false);
    expect(depthOf(somePdu({ depth: large('9223372036854775807') }))).toBe(9223372036854775807n);
    expect(depthOf(somePdu({ depth: 3 }))).toBe(3);
  });
});

describe('power levels before version 10', () => {
  const levels: readonly (readonly [JsonValue, number | bigint])[] = [
    ['100', 100],
    ['000100', 100],
    ['+100', 100],
    ['-100', -100],
    [' \t+00100\n', 100],
    ['9007199254740993', 9007199254740993n],
    [float('50.57'), 50],
    [float('-0.5'), 0],
    [float('5.114698E4'), 51146],
    [large('9007199254740993'), 9007199254740993n],
    [50, 50],
  ];
  const unreadable: readonly JsonValue[] = [
    '',
    'fifty',
    '5 0',
    '50.5',
    '+-5',
    '1_000',
    '٣',
    {},
    [],
    float('1e999'),
  ];

  it('are read from strings and floats', () => {
    for (const [value, level] of levels) {
      for (const rules of until(9)) expect(readLevel(rules, value) === level).toBe(true);
    }
    for (const rules of since(10)) expect(readLevel(rules, '100')).toBe(Number.NaN);
  });

  it('allow nothing when they can not be read', () => {
    const rules = roomVersion('9');
    const create = somePdu({ type: 'm.room.create', content: { creator: '@alice:example.org' } });
    for (const value of unreadable) {
      const content = {
        users: { '@alice:example.org': 100 },
        ban: value,
        users_default: value,
        events: value,
      };
      const powerLevels = somePdu({ type: 'm.room.power_levels', content });
      const required = actionPowerLevel(rules, powerLevels, 'ban');
      expect(100 >= required).toBe(false);
      const level = powerLevelOf(rules, create, powerLevels, userId('@bob:example.org'));
      expect(level >= 0).toBe(false);
    }
  });
});

describe('rules that are gone', () => {
  const alice = '@alice:a.example';
  const isAllowed = (version: string, fields: Parameters<typeof somePdu>[0], levels: JsonValue = {}) => {
    const rules = roomVersion(version);
    const id = roomId(rules.roomIdIsCreateHash ? '!create' : '!room:a.example');
    const create = somePdu({
      type: 'm.room.create',
      sender: '@x:a.example',
      state_key: '',
      room_id: id,
      content: {},
    });
    const state = [
      create,
      somePdu({ type: 'm.room.member', state_key: alice, content: { membership: 'join' } }),
      somePdu({ type: 'm.room.power_levels', state_key: '', content: levels }),
    ];
    const event = somePduOf(rules, { sender: alice, room_id: id, ...fields });
    const look = (type: string, key: string) =>
      state.find((pdu) => pdu.type === type && pdu.state_key === key);
    return authorizeEvent(rules, event, look, {
      createEvent: create,
      roomId: id,
      createEventId: eventId('$create'),
    }).allowed;
  };
  const allowedIn = (fields: Parameters<typeof somePdu>[0], levels?: JsonValue) =>
    KNOWN_ROOM_VERSIONS.filter((version) => isAllowed(version, fields, levels));

  it('let anybody list the aliases of their own server, up to version 5', () => {
    const aliases = { type: 'm.room.aliases', content: {} };
    expect(allowedIn({ ...aliases, state_key: 'a.example' })).toEqual(['1', '2', '3', '4', '5']);
    expect(allowedIn({ ...aliases, sender: '@bob:a.example', state_key: 'a.example' })).toEqual([
      '1',
      '2',
      '3',
      '4',
      '5',
    ]);
    expect(allowedIn({ ...aliases, state_key: 'b.example' })).toEqual([]);
    // Without a state key it is no state, and needs no more than a message does.
    expect(allowedIn(aliases)).toEqual(KNOWN_ROOM_VERSIONS.slice(5));
  });

  it('want power for a redaction of what another server sent, in versions 1 and 2', () => {
    const redaction = { type: 'm.room.redaction', content: {}, event_id: '$r:a.example' };
    expect(allowedIn({ ...redaction, redacts: '$x:a.example' })).toEqual(KNOWN_ROOM_VERSIONS);
    expect(allowedIn({ ...redaction, redacts: '$x:b.example' })).toEqual(KNOWN_ROOM_VERSIONS.slice(2));
    expect(allowedIn({ ...redaction, redacts: '$x' })).toEqual(KNOWN_ROOM_VERSIONS.slice(2));
    expect(allowedIn({ ...redaction, redacts: '$x:b.example' }, { redact: 0 })).toEqual(KNOWN_ROOM_VERSIONS);
  });
});
