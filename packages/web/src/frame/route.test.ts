import { describe, expect, it } from 'vitest';
import { formatRoute, parseRoute } from './route.ts';

describe('places in the workspace', () => {
  it('reads back what it writes', () => {
    for (const route of [
      { screen: 'home' },
      { screen: 'invitations' },
      { screen: 'room', roomId: '!a/b?c#d:north.test' },
    ] as const)
      expect(parseRoute(formatRoute(route))).toEqual(route);
  });

  it('goes home from an address that means nothing', () => {
    for (const hash of ['', '#', '#/rooms/', '#/rooms/%', '#/elsewhere'])
      expect(parseRoute(hash)).toEqual({ screen: 'home' });
  });
});
