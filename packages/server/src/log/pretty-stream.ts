import type { DestinationStream } from 'pino';

const levels: { readonly [level: number]: string } = {
  20: 'debug',
  30: 'info ',
  40: 'warn ',
  50: 'error',
  60: 'fatal',
};

/** Turns JSON log lines into lines for people: time, level, event, fields. */
export const prettyStream = (output: { readonly write: (line: string) => unknown }): DestinationStream => ({
  write(line) {
    const { level, time, msg, err, ...fields } = JSON.parse(line) as {
      readonly level: number;
      readonly time: string;
      readonly msg?: string;
      readonly err?: { readonly stack?: string; readonly message?: string };
    };
    const details = Object.entries(fields).map(([name, value]) => `${name}=${String(value)}`);
    const trace = err === undefined ? '' : `\n${err.stack ?? err.message ?? String(err)}`;
    output.write(`${[time.slice(11, 23), levels[level] ?? level, msg, ...details].join(' ')}${trace}\n`);
  },
});
