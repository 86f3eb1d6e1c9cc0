import { describe, expect, it } from 'vitest';
import { formatSyncToken, parseSyncToken } from './sync-token.ts';

const EPOCH = 'abcdef012345';

describe('a sync token', () => {
  it.each([
    ['s12_3', { stream: 12, typing: 3, toDevice: 12, epoch: '' }],
    [`s12_3_${EPOCH}`, { stream: 12, typing: 3, toDevice: 12, epoch: EPOCH }],
    ['s12_3_i7', { stream: 12, typing: 3, toDevice: 7, epoch: '' }],
    [`s12_3_i7_${EPOCH}`, { stream: 12, typing: 3, toDevice: 7, epoch: EPOCH }],
    ['s12_3_i0', { stream: 12, typing: 3, toDevice: 0, epoch: '' }],
  ])('%s is read, and written as it was', (text, token) => {
    expect(parseSyncToken(text)).toEqual(token);
    expect(formatSyncToken(token)).toBe(text);
  });

  it('does not say that messages were shown from beyond what it stands for', () => {
    expect(parseSyncToken('s12_3_i99').toDevice).toBe(12);
  });

  it.each(['', 's12', 's12_3_', 's12_3_i', 's12_3_7', `s12_3_${EPOCH}_i7`, 's12_3_i7_x'])(
    '%j is none',
    (text) => expect(() => parseSyncToken(text)).toThrow('is not a sync token'),
  );
});
