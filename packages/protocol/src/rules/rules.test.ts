import { workRatio } from '@causeway/testing/work-ratio';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isJsonObject } from '../json/json-value.ts';
import { somePdu } from '../test-support/events.ts';
import { roomVersion, serverName } from '../test-support/identifiers.ts';
import { readVectorList, textOf } from '../test-support/vectors.ts';
import { compileGlob, matchesGlob, matchesGlobInWords } from './glob.ts';
import { mayRedact } from './handling-redactions.ts';
import {
  canServerSeeEvent,
  canUserSeeEvent,
  type HistoryVisibility,
  type Membership,
  parseHistoryVisibility,
} from './history-visibility.ts';
import { compileServerAcl, isServerAllowed } from './server-acl.ts';

describe('globs', () => {
  it('match like the regular expression that they stand for', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '\u{1f600}', '\n', '.'), maxLength: 12 });
    const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '\u{1f600}', '.', '*', '?'), maxLength: 8 });
    fc.assert(
      fc.property(pattern, text, (glob, subject) => {
        const source = [...glob].map((c) => ({ '*': '[^]*', '?': '[^]', '.': '\\.' })[c] ?? c).join('');
        expect(matchesGlob(glob, subject)).toBe(new RegExp(`^${source}$`, 'u').test(subject));
      }),
      { numRuns: 3_000 },
    );
  });

  it('match words like the regular expression that they stand for', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', ' ', '@', '_'), maxLength: 14 });
    const pattern = fc.string({
      unit: fc.constantFrom('a', 'b', ' ', '@', '*', '?'),
      minLength: 1,
      maxLength: 6,
    });
    fc.assert(
      fc.property(pattern, text, (glob, subject) => {
        const source = [...glob].map((c) => ({ '*': '.*', '?': '.' })[c] ?? c).join('');
        const boundary = '(?:^|$|(?<=[^a-z_])|(?=[^a-z_]))';
        expect(matchesGlobInWords(glob, subject)).toBe(
          new RegExp(`${boundary}${source}${boundary}`).test(subject),
        );
      }),
      { numRuns: 3_000 },
    );
  });

  it('may ignore case, or stand for themselves', () => {
    expect(matchesGlob('A*ä', 'abcÄ')).toBe(false);
    expect(matchesGlob('A*ä', 'abcÄ', { ignoreCase: true })).toBe(true);
    expect(matchesGlob('a*', 'ab', { literal: true })).toBe(false);
    expect(matchesGlob('a*', 'A*', { literal: true, ignoreCase: true })).toBe(true);
    expect(matchesGlobInWords('*', 'a*b', { literal: true })).toBe(true);
    expect(matchesGlobInWords('?', 'ab', { literal: true })).toBe(false);
  });

  // Eight short texts cost as much as one that is eight times as long, if the text is gone through once; where all of it
  // meets all of itself or of the pattern, the long one costs eight times as much.
  it.each<[string, (length: number) => unknown]>([
    ['stars', (length) => matchesGlob(`${'a*'.repeat(length / 2)}b`, 'a'.repeat(length))],
    ['nothing but stars', (length) => compileGlob('*'.repeat(length))('a'.repeat(length))],
    ['stars and question marks', (length) => matchesGlob(`${'?*'.repeat(200)}b`, 'a'.repeat(length))],
    ['stars, in words', (length) => matchesGlobInWords(`${'a*'.repeat(200)}b`, 'a'.repeat(length))],
  ])('cost in proportion to the text: %s', async (_, match) => {
    const ratio = await workRatio(
      times(16, () => match(1_000)),
      times(2, () => match(8_000)),
    );
    expect(ratio).toBeLessThan(3);
  });
});

const times = (count: number, work: () => unknown) => () => {
  for (let i = 0; i < count; i++) work();
};

describe('server ACLs', () => {
  for (const { name, content, server, allowed } of readVectorList('server-acl.json')) {
    it(`decide: ${textOf(name)}`, () => {
      const acl = isJsonObject(content) ? content : undefined;
      expect(isServerAllowed(acl, serverName(textOf(server)))).toBe(allowed);
    });
  }

  it('cost in proportion to their size', async () => {
    const acl = (size: number) =>
      compileServerAcl({ allow: ['*'], deny: Array.from({ length: size }, (_, i) => `*evil${i}?.example`) });
    const [small, large] = [acl(500), acl(4_000)];
    const good = serverName('good.example');
    const ratio = await workRatio(
      times(32, () => expect(small(good)).toBe(true)),
      times(4, () => expect(large(good)).toBe(true)),
    );
    expect(ratio).toBeLessThan(3);
  });
});

describe('history visibility', () => {
  const visibilities: readonly HistoryVisibility[] = ['world_readable', 'shared', 'invited', 'joined'];
  const table: readonly (readonly [Membership | undefined, boolean, string])[] = [
    [undefined, false, 'world_readable'],
    [undefined, true, 'world_readable shared'],
    ['leave', false, 'world_readable'],
    ['ban', true, 'world_readable shared'],
    ['knock', false, 'world_readable'],
    ['invite', false, 'world_readable invited'],
    ['invite', true, 'world_readable shared invited'],
    ['join', false, 'world_readable shared invited joined'],
  ];
  it('follows visibility, membership and later joins', () => {
    for (const [membership, joinedLater, visible] of table) {
      const seen = visibilities.filter((visibility) =>
        canUserSeeEvent({ visibility, membership, joinedLater }),
      );
      expect([membership, joinedLater, seen.join(' ')]).toEqual([membership, joinedLater, visible]);
      const memberships = membership === undefined ? [] : [membership];
      const served = visibilities.filter((visibility) =>
        canServerSeeEvent({ visibility, memberships, joinedLater }),
      );
      expect(served).toEqual(seen);
    }
  });

  it('looks before and after a change of itself and of the own membership', () => {
    const outside = { membership: undefined, joinedLater: false } as const;
    expect(canUserSeeEvent({ ...outside, visibility: 'joined', previousVisibility: 'world_readable' })).toBe(
      true,
    );
    expect(canUserSeeEvent({ ...outside, visibility: 'joined', previousVisibility: 'shared' })).toBe(false);
    const left = { membership: 'leave', joinedLater: false, visibility: 'joined' } as const;
    expect(canUserSeeEvent({ ...left, previousMembership: 'join' })).toBe(true);
    expect(canUserSeeEvent({ ...left, previousMembership: 'invite' })).toBe(false);
    expect(
      canServerSeeEvent({ visibility: 'joined', memberships: ['leave', 'join'], joinedLater: false }),
    ).toBe(true);
  });

  it('is shared where it is not understood', () => {
    expect(
      ['world_readable', 'shared', 'invited', 'joined', 'x', 1, null, undefined].map(parseHistoryVisibility),
    ).toEqual(['world_readable', 'shared', 'invited', 'joined', 'shared', 'shared', 'shared', 'shared']);
  });
});

describe('redactions', () => {
  const by = (sender: string, redact?: number) =>
    mayRedact({
      rules: roomVersion('12'),
      redaction: somePdu({ type: 'm.room.redaction', sender }),
      target: somePdu({ sender: '@alice:a.example' }),
      createEvent: somePdu({ type: 'm.room.create', sender: '@carol:c.example' }),
      powerLevels: somePdu({ content: redact === undefined ? {} : { redact } }),
    });

  it('are carried out by power, or on the same server', () => {
    expect(by('@bob:b.example')).toBe(false);
    expect(by('@bob:b.example', 0)).toBe(true);
    expect(by('@alice2:a.example')).toBe(true);
    expect(by('@carol:c.example', 1_000)).toBe(true);
  });
});
