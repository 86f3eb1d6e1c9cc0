import { describe, expect, it } from 'vitest';
import { roomPushLevel } from './room-push-level.ts';

describe('what of a room one is told about', () => {
  const rule = (actions: readonly unknown[], enabled = true) => ({ rule_id: '!r', enabled, actions });

  it('follows the rules that other clients write', () => {
    expect(roomPushLevel({}, '!r')).toBe('default');
    expect(roomPushLevel({ override: [rule([])] }, '!r')).toBe('none');
    expect(roomPushLevel({ override: [rule([], false)] }, '!r')).toBe('default');
    expect(roomPushLevel({ room: [rule(['notify'])] }, '!r')).toBe('all');
    expect(roomPushLevel({ room: [rule([])] }, '!r')).toBe('mentions');
    expect(roomPushLevel({ room: [rule([])] }, '!other')).toBe('default');
  });
});
