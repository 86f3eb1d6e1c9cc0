/** Which sync tokens are still true after data was restored from a backup. */
import { restores } from '../store/schema.ts';
import type { Store } from '../store/store.ts';
import type { SyncToken } from './sync-token.ts';

/** The histories that led here, in order. */
export type Epochs = {
  readonly current: string;
  /**
   * Whether what a client has seen up to this token is part of our history. It is not when it was shown after a backup
   * that was restored later.
   */
  isOurs(token: SyncToken): boolean;
  /** Up to which of our stream positions a client has its messages for devices, also by a token that is not ours. */
  toDevice(token: SyncToken): number;
};

/** Read once at the start: a restore is made while nothing runs. */
export const loadEpochs = async (store: Store): Promise<Epochs> => {
  const rows = await store.read((reader) => reader.scan(restores, {}));
  /** Restores after the token; undefined for a history that we know nothing of. */
  const restoresSince = ({ epoch }: SyncToken) => {
    const since = epoch === '' ? 0 : rows.findIndex((row) => row.epoch === epoch) + 1;
    return epoch !== '' && since === 0 ? undefined : rows.slice(since);
  };
  return {
    current: rows.at(-1)?.epoch ?? '',
    isOurs: (token) => restoresSince(token)?.every((restore) => token.stream <= restore.stream) ?? false,
    toDevice(token) {
      const since = restoresSince(token);
      return since === undefined ? 0 : Math.min(token.toDevice, ...since.map(({ stream }) => stream));
    },
  };
};
