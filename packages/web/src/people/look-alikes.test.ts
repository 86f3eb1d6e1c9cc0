import { describe, expect, it } from 'vitest';
import { byLook, imitatedBy } from './look-alikes.ts';
import { skeletonOf } from './skeleton.ts';

describe('what a name looks like', () => {
  it('is the same for letters of another alphabet that look alike, whole names too', () => {
    for (const [name, other] of [
      ['apo', '\u0430\u0440\u043E'],
      ['Ada', '\u0410d\u0430'],
      ['OTTO', '\u039F\u03A4\u03A4\u039F'],
      ['paypal', '\u0440\u0430\u0443\u0440\u0430l'],
      ['linus', 'Iinus'],
      ['Bob 10', 'Bob lO'],
      ['Torn', 'Tom'],
      ['Ada', 'Ａｄａ'],
      ['Ada', 'A\u200Dda'],
      ['Ada Byron', 'Ada\u00A0 Byron'],
      ['Zoë', 'Zoe\u0308'],
    ] as const)
      expect([other, skeletonOf(other)]).toEqual([other, skeletonOf(name)]);
  });

  it('differs where the eye sees a difference', () => {
    for (const [name, other] of [
      ['Ada', 'Adam'],
      ['Zoe', 'Zoë'],
      ['Ада', 'Ada'],
      ['Анна', 'Anna'],
      ['bob', 'Bob'],
    ] as const)
      expect([other, skeletonOf(other) === skeletonOf(name)]).toEqual([other, false]);
  });
});

describe('a person whose name looks like that of another', () => {
  const own = { userId: '@apo:north.test', name: 'apo' };
  const outsider = { userId: '@x:south.test', name: '\u0430\u0440\u043E' };
  const known = byLook([own, outsider, { userId: '@bob:south.test', name: 'Bob' }]);

  it('is an outsider who imitates somebody of this organisation, not the one who is imitated', () => {
    expect(imitatedBy(outsider, known, 'north.test')).toEqual(own);
    expect(imitatedBy(own, known, 'north.test')).toBeUndefined();
  });

  it('is each of two outsiders, and each of two colleagues', () => {
    expect(imitatedBy(own, known, 'west.test')).toEqual(outsider);
    expect(imitatedBy(outsider, known, 'west.test')).toEqual(own);
    const colleague = { userId: '@y:north.test', name: '\u0430po' };
    const colleagues = byLook([own, colleague]);
    expect(imitatedBy(own, colleagues, 'north.test')).toEqual(colleague);
    expect(imitatedBy(colleague, colleagues, 'north.test')).toEqual(own);
  });

  it('is nobody with a name of their own, with the same letters, or in an alphabet that nobody else uses here', () => {
    const namesake = { userId: '@apo:south.test', name: 'apo' };
    expect(imitatedBy(namesake, byLook([own, namesake]), 'north.test')).toBeUndefined();
    const ada = { userId: '@ada:south.test', name: 'Ада Лавлейс' };
    expect(imitatedBy(ada, byLook([own, ada]), 'north.test')).toBeUndefined();
    const empty = { userId: '@e:south.test', name: '' };
    expect(
      imitatedBy(empty, byLook([own, empty, { userId: '@f:south.test', name: ' ' }]), ''),
    ).toBeUndefined();
  });
});
