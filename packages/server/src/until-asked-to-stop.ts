import type { Log } from '@causeway/homeserver';
import { SHUTDOWN_GRACE_MS } from './workspace/start-workspace.ts';

/** Whatever hangs, the process is gone after this. */
const SHUTDOWN_DEADLINE_MS = 20_000;

/**
 * Waits for SIGTERM or SIGINT, then stops in order. A second signal, or a stop that takes too long, ends the
 * process at once: what was acknowledged is on disk in any case.
 */
export const untilAskedToStop = async (stop: (graceMs: number) => Promise<void>, log: Log): Promise<void> => {
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
  process.once('disconnect', () => onSignal('launcher gone'));
  process.channel?.unref();
  const signal = await asked;
  log.info('stopping', { signal });
  setTimeout(() => process.exit(1), SHUTDOWN_DEADLINE_MS).unref();
  await stop(SHUTDOWN_GRACE_MS);
  log.info('stopped');
  process.exit(0);
};
