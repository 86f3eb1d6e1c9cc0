/** Where a client is: `next_batch` and `since`. Stable over restarts. */
import { invalidParam } from '../matrix-error.ts';

export type SyncToken = {
  /** Stream position up to which everything was shown. */
  readonly stream: number;
  /** Number of the newest change of what is kept in memory: typing and presence. */
  readonly typing: number;
};

export const formatSyncToken = (token: SyncToken): string => `s${token.stream}_${token.typing}`;

export const parseSyncToken = (text: string): SyncToken => {
  const match = /^s(\d{1,15})_(\d{1,15})$/.exec(text);
  if (match === null) throw invalidParam(`"${text.slice(0, 100)}" is not a sync token of this server`);
  return { stream: Number(match[1]), typing: Number(match[2]) };
};
