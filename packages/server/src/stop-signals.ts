import type { Log } from '@causeway/homeserver';
import { SHUTDOWN_GRACE_MS } from './workspace/start-workspace.ts';

/** Whatever hangs, the process is gone after this. */
const SHUTDOWN_DEADLINE_MS = 20_000;

export interface StopSignals {
  /**
   * Waits for the first signal, stops in order and ends the process. A stop that takes too long is cut short:
   * what was acknowledged is on disk in any case.
   */
  stopWhenAsked(stop: (graceMs: number) => Promise<void>, log: Log): Promise<void>;
}

/**
 * Listens for SIGTERM and SIGINT from now on, so that one that comes during the start is not lost. A second
 * signal ends the process at once.
 */
export const listenForStopSignals = (): StopSignals => {
  const { promise: asked, resolve } = Promise.withResolvers<string>();
  let signals = 0;
  const onSignal = (signal: string) => {
    signals += 1;
    if (signals > 1) process.exit(1);
    resolve(signal);
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  // Started by a launcher that waits for us: when it is killed, nobody would stop us any more.
  process.once('disconnect', () => resolve('launcher gone'));
  process.channel?.unref();
  return {
    async stopWhenAsked(stop, log) {
      const signal = await asked;
      log.info('stopping', { signal });
      setTimeout(() => process.exit(1), SHUTDOWN_DEADLINE_MS).unref();
      await stop(SHUTDOWN_GRACE_MS);
      log.info('stopped');
      process.exit(0);
    },
  };
};
