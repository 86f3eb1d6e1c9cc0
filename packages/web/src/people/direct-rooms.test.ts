import { describe, expect, it } from 'vitest';
import { findDirectRoom, parseDirectRooms, peersOf, withDirectRoom } from './direct-rooms.ts';

describe('direct rooms', () => {
  it('reads what other clients wrote, leaving out what is not a list of rooms', () => {
    expect(parseDirectRooms({ '@b:s': ['!1', 7, '!2'], '@c:s': 'x' })).toEqual({ '@b:s': ['!1', '!2'] });
    expect(parseDirectRooms(null)).toEqual({});
  });

  it('finds a room again instead of making it twice, skipping rooms that were left', () => {
    const direct = { '@b:s': ['!left', '!open'] };
    expect(findDirectRoom(direct, '@b:s', (id) => id !== '!left')).toBe('!open');
    expect(findDirectRoom(direct, '@b:s', () => false)).toBeUndefined();
    expect(findDirectRoom(direct, '@c:s', () => true)).toBeUndefined();
  });

  it('adds a room once and keeps the others', () => {
    const once = withDirectRoom({ '@b:s': ['!1'] }, '@b:s', '!2');
    expect(once).toEqual({ '@b:s': ['!2', '!1'] });
    expect(withDirectRoom(once, '@b:s', '!1')).toBe(once);
    expect(peersOf(once, '!1')).toEqual(['@b:s']);
    expect(peersOf(once, '!9')).toEqual([]);
  });
});
