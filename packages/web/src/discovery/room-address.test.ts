import { describe, expect, it } from 'vitest';
import { formatRoomLink, parseRoomAddress } from './room-address.ts';

describe('the address of a room', () => {
  it('is read from an alias, an ID, a matrix.to link, a matrix: address and a link to this app', () => {
    const read = (input: string) => parseRoomAddress(input);
    expect(read(' #a:b.org ')).toEqual({ address: '#a:b.org', via: [] });
    expect(read('!x:b.org')).toEqual({ address: '!x:b.org', via: [] });
    expect(read('!31hneApxJ_1o-63DmFrpeqnkFfWppnzWso1JvH3ogLM')?.via).toEqual([]);
    expect(read('https://matrix.to/#/%23a%3Ab.org')).toEqual({ address: '#a:b.org', via: [] });
    expect(read('https://matrix.to/#/!x:b.org/$event?via=b.org&via=c.org')).toEqual({
      address: '!x:b.org',
      via: ['b.org', 'c.org'],
    });
    expect(read('matrix:r/a:b.org')).toEqual({ address: '#a:b.org', via: [] });
    expect(read('matrix:roomid/x:b.org?action=join&via=c.org')).toEqual({
      address: '!x:b.org',
      via: ['c.org'],
    });
    expect(read('http://localhost:8010/#/join/%23a%3Ab.org?via=b.org')).toEqual({
      address: '#a:b.org',
      via: ['b.org'],
    });
  });

  it('is nothing else', () => {
    for (const input of [
      '',
      'a',
      '#a',
      '@a:b.org',
      'https://b.org/',
      '#a b:c.org',
      '#a:b.org/..',
      '#'.repeat(9000),
    ])
      expect(parseRoomAddress(input)).toBeUndefined();
  });

  it('is written as a link that reads back', () => {
    const room = { address: '!x/y:b.org'.replace('/', '_'), via: ['b.org', 'c.org:8448'] };
    expect(parseRoomAddress(formatRoomLink(room))).toEqual(room);
  });
});
