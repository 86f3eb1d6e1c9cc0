import type { Log } from '@causeway/homeserver';
import { type DestinationStream, pino } from 'pino';
import type { LogConfig } from '../config/config.ts';
import { prettyStream } from './pretty-stream.ts';

/** One line per happening to `output`: JSON for collectors, plain lines for a terminal. */
export const createLog = (
  config: LogConfig,
  output: { readonly write: (line: string) => unknown; readonly isTTY?: boolean },
): Log => {
  const format = config.format ?? (output.isTTY === true ? 'pretty' : 'json');
  const stream: DestinationStream =
    format === 'pretty' ? prettyStream(output) : { write: (line) => void output.write(line) };
  const logger = pino({ level: config.level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, stream);
  return {
    info: (event, fields) => logger.info(fields ?? {}, event),
    warn: (event, fields) => logger.warn(fields ?? {}, event),
    error: (event, error, fields) => logger.error({ ...fields, err: error }, event),
  };
};

export const silentLog: Log = { info: () => {}, warn: () => {}, error: () => {} };
