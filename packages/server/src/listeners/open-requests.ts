import type { IncomingMessage, ServerResponse } from 'node:http';

/** The requests that are being answered, so that a shutdown can wait for them. */
export interface OpenRequests {
  track(request: IncomingMessage, response: ServerResponse): void;
  readonly count: number;
  /** Those that only wait for something to happen. */
  readonly waiting: number;
  /** From now on every answer ends its connection. */
  startDraining(): void;
  /**
   * Ends the requests that only wait for something to happen: a client repeats a sync anyway, and waiting for
   * it would hold every shutdown up.
   */
  endWaiting(): void;
  /** Fulfilled when none is left, or after `ms`. */
  idle(ms: number): Promise<void>;
}

export const createOpenRequests = (): OpenRequests => {
  const open = new Map<ServerResponse, string>();
  let wake: (() => void) | undefined;
  let draining = false;
  return {
    startDraining() {
      draining = true;
    },
    track(request, response) {
      if (draining) response.shouldKeepAlive = false;
      open.set(response, request.url ?? '');
      response.once('close', () => {
        open.delete(response);
        if (open.size === 0) wake?.();
      });
    },
    get count() {
      return open.size;
    },
    get waiting() {
      return [...open].filter(([response, url]) => isWaiting(url) && !response.headersSent).length;
    },
    endWaiting() {
      for (const [response, url] of open) {
        if (isWaiting(url) && !response.headersSent) response.destroy();
      }
    },
    async idle(ms) {
      if (open.size === 0) return;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    },
  };
};

const isWaiting = (url: string) => /^\/_matrix\/client\/[^/]+\/(?:sync|events)(?:$|\?)/.test(url);
