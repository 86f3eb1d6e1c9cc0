import type { Store } from '@causeway/homeserver';
import { settings } from './tables.ts';

/** Makes one small durable write: whether the database takes writes only shows so. Throws when it does not. */
export const probeStore = (store: Store, now: number): Promise<void> =>
  store.transact((tx) => tx.put(settings, { name: 'health_probe', value: String(now) }));
