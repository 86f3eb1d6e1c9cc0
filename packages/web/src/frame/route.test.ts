import { describe, expect, it } from 'vitest';
import { formatRoute, parseRoute } from './route.ts';

describe('places in the workspace', () => {
  it('reads back what it writes', () => {
    for (const route of [
      { screen: 'home' },
      { screen: 'invitations' },
      { screen: 'discover' },
      { screen: 'search', query: 'a b & c/d?' },
      { screen: 'admin', section: 'federation-check' },
      { screen: 'admin', section: 'rooms', about: '!a/b?c:north.test' },
      { screen: 'join', address: '#a/b:north.test', via: ['north.test', 'south.test'], ask: true },
      { screen: 'join', address: '!x', via: [], ask: false },
      { screen: 'room', roomId: '!a/b?c#d:north.test' },
      { screen: 'room', roomId: '!a:north.test', eventId: '$e/f' },
    ] as const)
      expect(parseRoute(formatRoute(route))).toEqual(route);
  });

  it('goes home from an address that means nothing', () => {
    for (const hash of ['', '#', '#/rooms/', '#/rooms/%', '#/elsewhere', '#/admin', '#/admin/elsewhere'])
      expect(parseRoute(hash)).toEqual({ screen: 'home' });
  });
});
