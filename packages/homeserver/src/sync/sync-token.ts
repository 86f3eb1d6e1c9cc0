/** Where a client is: `next_batch` and `since`. Stable over restarts. */
import { invalidParam } from '../matrix-error.ts';

/** What a device has seen. */
export type SyncToken = {
  /** Stream position up to which everything was shown. */
  readonly stream: number;
  /** Number of the newest change of what is kept in memory: typing and presence. */
  readonly typing: number;
  /** Stream position up to which messages for the device were shown: less than `stream` while more of them wait. */
  readonly toDevice: number;
  /** Since which restore of a backup the stream is counted on; '' for data that was never restored. */
  readonly epoch: string;
};

/** The token as clients have it, `s12_3`; while messages for the device wait `s12_3_i7`; after a restore with an epoch behind it. */
export const formatSyncToken = ({ stream, typing, toDevice, epoch }: SyncToken): string =>
  `s${stream}_${typing}${toDevice === stream ? '' : `_i${toDevice}`}${epoch === '' ? '' : `_${epoch}`}`;

/** Reads a token of this server. @throws M_INVALID_PARAM */
export const parseSyncToken = (text: string): SyncToken => {
  const match = /^s(\d{1,15})_(\d{1,15})(?:_i(\d{1,15}))?(?:_([0-9a-f]{12}))?$/.exec(text);
  if (match === null) throw invalidParam(`"${text.slice(0, 100)}" is not a sync token of this server`);
  const stream = Number(match[1]);
  const toDevice = Math.min(Number(match[3] ?? stream), stream);
  return { stream, typing: Number(match[2]), toDevice, epoch: match[4] ?? '' };
};
