import { describe, expect, it } from 'vitest';
import { matrixToLink, parseMatrixTo } from './matrix-to.ts';

describe('matrix.to links', () => {
  it('read what they wrote', () => {
    expect(parseMatrixTo(matrixToLink('@ada/x:north.test'))).toEqual({
      kind: 'person',
      userId: '@ada/x:north.test',
    });
    expect(parseMatrixTo(matrixToLink('!r:north.test', '$e/1', ['north.test', 'south.test']))).toEqual({
      kind: 'room',
      room: '!r:north.test',
      eventId: '$e/1',
      via: ['north.test', 'south.test'],
    });
    expect(parseMatrixTo('https://matrix.to/#/%23partners%3Anorth.test')).toMatchObject({
      room: '#partners:north.test',
    });
  });

  it('are nothing when they are malformed or lead elsewhere', () => {
    for (const href of [
      'https://matrix.to/#/%40%',
      'https://matrix.to.evil.test/#/@ada:north.test',
      'https://matrix.to/#/+group:north.test',
      'https://matrix.to/#/!r:n/not-an-event',
      'https://matrix.to/',
    ])
      expect(parseMatrixTo(href)).toBeUndefined();
  });
});
