import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson, canonicalJsonBytes } from '../json/canonical-json.ts';
import { isJsonObject, type JsonObject } from '../json/json-value.ts';
import { DEFAULT_ROOM_VERSION, getRoomVersion, KNOWN_ROOM_VERSIONS } from '../room-versions/room-versions.ts';
import { asPdu, formOf, somePdu, somePduOf } from '../test-support/events.ts';
import { roomVersion } from '../test-support/identifiers.ts';
import { parsed, readVector, readVectorGroup, textOf } from '../test-support/vectors.ts';
import { checkPduFormat } from './check-pdu-format.ts';
import { contentHash, eventIdOf, referenceHash, roomIdOf, signedJson } from './event-hashes.ts';
import { identifyEvent } from './identify-event.ts';
import { redact, redactsOf } from './redact.ts';

const versions = KNOWN_ROOM_VERSIONS.map(roomVersion);

describe('room versions', () => {
  it('are 1 to 12, the newest by default', () => {
    expect(KNOWN_ROOM_VERSIONS).toEqual(Array.from({ length: 12 }, (_, index) => `${index + 1}`));
    expect(DEFAULT_ROOM_VERSION).toBe('12');
    expect(getRoomVersion('13')).toBe(undefined);
    expect(getRoomVersion('__proto__')).toBe(undefined);
  });

  it('cannot be changed', () => {
    for (const rules of versions) expect(Object.isFrozen(rules)).toBe(true);
  });
});

describe('redaction', () => {
  for (const { name, event, content } of readVectorGroup('redaction.json', 'cases')) {
    it(`is right where ${textOf(name)}`, () => {
      for (const rules of versions) {
        expect(redact(rules, asPdu(event)).content).toEqual(
          isJsonObject(content) ? content[rules.id] : undefined,
        );
      }
    });
  }

  it('keeps the top-level keys of the room version', () => {
    const file = readVector('redaction.json');
    const topLevel = isJsonObject(file) && isJsonObject(file.topLevel) ? file.topLevel : {};
    const kept = isJsonObject(topLevel.kept) ? topLevel.kept : {};
    for (const rules of versions) {
      expect(Object.keys(redact(rules, asPdu(topLevel.event))).sort()).toEqual(kept[rules.id]);
    }
  });

  it('changes nothing the second time, and never the event ID', () => {
    fc.assert(
      fc.property(events, fc.constantFrom(...versions), (some, rules) => {
        const event = asPdu({ ...some, ...formOf(rules) });
        const redacted = redact(rules, event);
        expect(redact(rules, redacted)).toEqual(redacted);
        expect(eventIdOf(rules, redacted)).toBe(eventIdOf(rules, event));
      }),
    );
  });

  it('has its target at the top level, and in the content from version 11', () => {
    const event = somePdu({ type: 'm.room.redaction', redacts: '$top', content: { redacts: '$content' } });
    expect(versions.map((rules) => redactsOf(rules, event))).toEqual([
      ...Array<string>(10).fill('$top'),
      '$content',
      '$content',
    ]);
    expect(redactsOf(roomVersion('12'), somePdu({ content: { redacts: '$content' } }))).toBe(undefined);
    expect(redactsOf(roomVersion('12'), somePdu({ type: 'm.room.redaction', content: { redacts: 1 } }))).toBe(
      undefined,
    );
  });
});

describe('hashes', () => {
  it('survive a change of unsigned and of signatures', () => {
    fc.assert(
      fc.property(
        events,
        fc.dictionary(fc.string(), fc.string()),
        fc.constantFrom(...versions),
        (some, more, rules) => {
          const event = asPdu({ ...some, ...formOf(rules) });
          const changed = asPdu({ ...event, unsigned: more, signatures: { 'b.example': more } });
          expect(eventIdOf(rules, changed)).toBe(eventIdOf(rules, event));
          expect(contentHash(changed)).toBe(contentHash(event));
        },
      ),
    );
  });

  it('notice a change of anything else', () => {
    for (const rules of versions.filter(({ eventIdFormat }) => eventIdFormat !== 'sender-chosen')) {
      const event = somePdu();
      for (const change of [{ depth: 8 }, { origin_server_ts: 1 }, { prev_events: [] }, { state_key: '' }]) {
        expect(eventIdOf(rules, somePdu(change))).not.toBe(eventIdOf(rules, event));
        expect(contentHash(somePdu(change))).not.toBe(contentHash(event));
      }
      expect(contentHash(somePdu({ content: {} }))).not.toBe(contentHash(event));
      expect(eventIdOf(rules, somePdu({ content: {} }))).toBe(eventIdOf(rules, event));
    }
  });

  it('are valid with and without padding, and not otherwise', () => {
    const sha256 = contentHash(somePdu());
    const isValid = (claimed: string) =>
      identifyEvent(roomVersion('12'), somePdu({ hashes: { sha256: claimed } })).contentHashOk;
    expect(isValid(sha256)).toBe(true);
    expect(isValid(`${sha256}=`)).toBe(true);
    expect(isValid('eA')).toBe(false);
    expect(isValid('?')).toBe(false);
  });

  it('name events in URL-safe Base64 from version 4', () => {
    for (const rules of versions.slice(3)) {
      expect(eventIdOf(rules, somePdu())).toMatch(/^\$[A-Za-z0-9_-]{43}$/);
      expect(eventIdOf(rules, somePdu())).toBe(`$${referenceHash(rules, somePdu())}`);
    }
  });

  it('name a room of version 12 after its create event', () => {
    const create = somePdu({ type: 'm.room.create', state_key: '', room_id: undefined, content: {} });
    const rules = roomVersion('12');
    expect(roomIdOf(rules, create)).toBe(`!${referenceHash(rules, create)}`);
    expect(roomIdOf(rules, somePdu())).toBe('!room:example.org');
    expect(() => roomIdOf(rules, somePdu({ room_id: undefined }))).toThrow(TypeError);
    expect(() => roomIdOf(roomVersion('11'), create)).toThrow(TypeError);
  });

  it('are the same in one pass', () => {
    fc.assert(
      fc.property(events, fc.constantFrom(...versions), (some, rules) => {
        const event = asPdu({ ...some, ...formOf(rules) });
        expect(identifyEvent(rules, event)).toEqual({
          eventId: eventIdOf(rules, event),
          contentHashOk: event.hashes.sha256 === contentHash(event),
          canonicalBytesLength: canonicalJsonBytes(event).length,
          signedJson: signedJson(rules, event),
        });
        const { signatures: _signatures, unsigned: _unsigned, ...signed } = redact(rules, event);
        expect(signedJson(rules, event)).toBe(canonicalJson(signed));
      }),
    );
  });
});

describe('the event format', () => {
  const check = (fields: Parameters<typeof somePdu>[0], version = '11') =>
    checkPduFormat(roomVersion(version), somePdu(fields));

  it('is met by an event, which comes back as it was', () => {
    for (const rules of versions)
      expect(checkPduFormat(rules, somePduOf(rules))).toEqual({ ok: true, pdu: somePduOf(rules) });
    expect(check({ anything: [1, null], unsigned: { age: 1 }, state_key: '', content: {} })).toMatchObject({
      ok: true,
    });
  });

  const refused: readonly (readonly [string, Parameters<typeof somePdu>[0]])[] = [
    ['no type', { type: undefined }],
    ['a type that is no string', { type: 1 }],
    ['a type of 256 bytes', { type: 'ä'.repeat(128) }],
    ['a state key that is no string', { state_key: null }],
    ['a state key of 256 bytes', { state_key: 'a'.repeat(256) }],
    ['no sender', { sender: undefined }],
    ['a sender that is no user ID', { sender: 'alice' }],
    ['a sender of 256 bytes', { sender: `@${'a'.repeat(252)}:bc` }],
    ['no content', { content: undefined }],
    ['content that is a list', { content: [] }],
    ['no depth', { depth: undefined }],
    ['depth as a string', { depth: '1' }],
    ['negative depth', { depth: -1 }],
    ['depth beyond 2^53 - 1', { depth: 2 ** 53 }],
    ['no time', { origin_server_ts: undefined }],
    ['time as a string', { origin_server_ts: '1' }],
    ['no room ID', { room_id: undefined }],
    ['a room ID that is none', { room_id: '#alias:example.org' }],
    ['no previous events', { prev_events: undefined }],
    ['previous events as objects', { prev_events: [{}] }],
    ['previous events with hashes, as in version 1', { prev_events: [['$a:b', { sha256: 'x' }]] }],
    ['auth events that are no list', { auth_events: '$a' }],
    ['no hashes', { hashes: undefined }],
    ['hashes without sha256', { hashes: {} }],
    ['no signatures', { signatures: undefined }],
    ['signatures that are no objects', { signatures: { 'a.example': 'x' } }],
    ['signatures that are no strings', { signatures: { 'a.example': { 'ed25519:1': 1 } } }],
    ['unsigned that is no object', { unsigned: [] }],
    ['21 previous events', { prev_events: Array.from({ length: 21 }, (_, i) => `$${i}`) }],
    ['11 auth events', { auth_events: Array.from({ length: 11 }, (_, i) => `$${i}`) }],
  ];
  for (const [name, fields] of refused) {
    it(`is not met with ${name}`, () => {
      expect(check(fields)).toMatchObject({ ok: false });
    });
  }

  it('goes up to its limits', () => {
    const limits = {
      type: 'a'.repeat(255),
      state_key: 'a'.repeat(255),
      depth: 2 ** 53 - 1,
      origin_server_ts: -1,
      prev_events: Array.from({ length: 20 }, (_, i) => `$${i}`),
      auth_events: Array.from({ length: 10 }, (_, i) => `$${i}`),
    };
    expect(check(limits)).toMatchObject({ ok: true });
    expect(check({ depth: 0, prev_events: [], auth_events: [] })).toMatchObject({ ok: true });
  });

  it('does not count the events that backfilled events name', () => {
    const many = somePdu({ prev_events: Array.from({ length: 50 }, (_, i) => `$${i}`) });
    expect(checkPduFormat(roomVersion('12'), many, { skipCountLimits: true })).toMatchObject({ ok: true });
  });

  it('has no room ID on the create event of version 12, and only there', () => {
    const create = { type: 'm.room.create', state_key: '', room_id: undefined };
    expect(check(create, '12')).toMatchObject({ ok: true });
    expect(check(create, '11')).toMatchObject({ ok: false });
    expect(check({ room_id: undefined }, '12')).toMatchObject({ ok: false });
  });

  it('ends at 65,536 bytes of canonical JSON', () => {
    const size = canonicalJsonBytes(somePdu({ content: { body: '' } })).length;
    for (const filler of ['a', 'ä', '\u0001', '\u{1f600}']) {
      const bytes = canonicalJsonBytes(filler).length - 2;
      const room = 65_536 - size;
      const body = filler.repeat(Math.floor(room / bytes)) + 'a'.repeat(room % bytes);
      expect(check({ content: { body } })).toMatchObject({ ok: true });
      expect(check({ content: { body: `${body}a` } })).toEqual({
        ok: false,
        reason: 'larger than 65,536 bytes',
      });
    }
  });

  it('is canonical JSON throughout', () => {
    for (const text of [
      '1.5',
      '9007199254740993',
      '"\\ud800"',
      '{"\\ud800":1}',
      '['.repeat(126) + ']'.repeat(126),
    ]) {
      expect(check({ content: { deep: parsed(text) } })).toMatchObject({ ok: false });
    }
    expect(checkPduFormat(roomVersion('12'), parsed('{"depth":1.5}'))).toMatchObject({ ok: false });
    expect(checkPduFormat(roomVersion('12'), parsed('1.5'))).toEqual({ ok: false, reason: 'not an object' });
    expect(checkPduFormat(roomVersion('12'), null)).toMatchObject({ ok: false });
  });
});

const contents: fc.Arbitrary<JsonObject> = fc.dictionary(
  fc.constantFrom(
    'membership',
    'users',
    'third_party_invite',
    'join_rule',
    'body',
    '\u{1f600}',
    '\uff61',
    '__proto__',
  ),
  fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.maxSafeInteger(),
    fc.dictionary(fc.constantFrom('signed', 'x'), fc.string()),
  ),
);

const events = fc
  .record({
    type: fc.constantFrom(
      'm.room.message',
      'm.room.member',
      'm.room.create',
      'm.room.power_levels',
      'm.room.redaction',
    ),
    content: contents,
    depth: fc.nat(),
    unsigned: fc.option(contents, { nil: undefined }),
    state_key: fc.option(fc.string({ unit: 'grapheme' }), { nil: undefined }),
    origin: fc.option(fc.string(), { nil: undefined }),
  })
  .map(somePdu)
  .chain((event) => fc.constantFrom(event, somePdu({ ...event, hashes: { sha256: contentHash(event) } })));
