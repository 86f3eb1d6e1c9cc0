import { describe, expect, it } from 'vitest';
import { parseRoomEventFilter, parseSyncFilter, passesRoom, passesRoomEventFilter } from './filter.ts';

const event = (type: string, sender = '@a:b.c', content = {}) => ({ type, sender, content });

describe('filters', () => {
  it('let everything through when they say nothing', () => {
    expect(passesRoomEventFilter(parseRoomEventFilter({}), event('m.room.message'))).toBe(true);
  });

  it('choose types by glob, and exclusion wins', () => {
    const filter = parseRoomEventFilter({ types: ['m.room.*'], not_types: ['m.room.member'] });
    expect(passesRoomEventFilter(filter, event('m.room.message'))).toBe(true);
    expect(passesRoomEventFilter(filter, event('m.room.member'))).toBe(false);
    expect(passesRoomEventFilter(filter, event('m.reaction'))).toBe(false);
    expect(passesRoomEventFilter(parseRoomEventFilter({ types: [] }), event('m.reaction'))).toBe(false);
  });

  it('choose senders and links', () => {
    const filter = parseRoomEventFilter({ senders: ['@a:b.c'], contains_url: true });
    expect(passesRoomEventFilter(filter, event('m.x', '@a:b.c', { url: 'mxc://x/y' }))).toBe(true);
    expect(passesRoomEventFilter(filter, event('m.x', '@a:b.c'))).toBe(false);
    expect(passesRoomEventFilter(filter, event('m.x', '@z:b.c', { url: 'mxc://x/y' }))).toBe(false);
  });

  it('choose rooms', () => {
    const { room } = parseSyncFilter({ room: { rooms: ['!a', '!b'], not_rooms: ['!b'] } });
    expect(['!a', '!b', '!c'].filter((id) => passesRoom(room, id))).toEqual(['!a']);
  });

  it('are refused by name when they are malformed', () => {
    expect(() => parseSyncFilter({ room: [] })).toThrow('"room"');
    expect(() => parseSyncFilter({ room: { timeline: { limit: 'many' } } })).toThrow('"limit"');
    expect(() => parseSyncFilter({ room: { rooms: ['a'] } })).toThrow('"rooms"');
    expect(() => parseSyncFilter({ room: { state: { senders: ['x'] } } })).toThrow('"senders"');
    expect(() => parseSyncFilter({ event_format: 'xml' })).toThrow('"event_format"');
  });
});
