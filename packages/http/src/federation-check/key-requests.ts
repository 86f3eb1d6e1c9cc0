import type { HttpRoute } from '../route.ts';
import { KEYS_PATH } from './check-keys.ts';

export type KeyRequest = {
  /** An IP address; an IPv4 address is written as one. */
  readonly address: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
};

/** Who asked for our keys of late: a server that does has reached us. */
export interface KeyRequests {
  /** Those at and after this time, oldest first. */
  since(time: number): readonly KeyRequest[];
  /** The same routes; requests for our keys are remembered. */
  watch(routes: readonly HttpRoute[]): readonly HttpRoute[];
}

/** A check lasts a minute and servers ask seldom; what a flood pushes out is not shown, never wrong. */
const MAX_REMEMBERED = 1_000;

export const createKeyRequests = (clock: { now(): number }): KeyRequests => {
  const remembered: KeyRequest[] = [];
  return {
    since: (time) => remembered.filter(({ at }) => at >= time),
    watch: (routes) =>
      routes.map((route) => {
        if (!route.paths.includes(KEYS_PATH)) return route;
        return {
          ...route,
          handle: (request) => {
            const address = request.remoteAddress.replace(/^::ffff:(?=\d+\.)/i, '');
            remembered.push({ address, at: clock.now() });
            if (remembered.length > MAX_REMEMBERED) remembered.shift();
            return route.handle(request);
          },
        };
      }),
  };
};
