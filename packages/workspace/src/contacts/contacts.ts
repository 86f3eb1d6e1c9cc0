/** What admins decided about organisations, from memory: asked for every request from and to other servers. */
import type { Store } from '@causeway/homeserver';
import { type ContactRow, contacts } from '../tables.ts';

export type ContactStatus = 'waiting' | 'approved' | 'refused' | 'disconnected';

export type Contact = {
  readonly serverName: string;
  readonly status: ContactStatus;
  readonly reason?: string;
  readonly version: number;
  readonly firstTs: number;
  readonly decidedTs?: number;
  readonly decidedBy?: string;
};

export interface Contacts {
  get(serverName: string): Contact | undefined;
  all(): readonly Contact[];
  /** Takes up what was committed; an older version than the one known is passed over. */
  take(row: ContactRow): void;
}

const statuses: readonly ContactStatus[] = ['waiting', 'approved', 'refused', 'disconnected'];

/** Server names are compared without regard to case. */
export const contactKey = (serverName: string): string => serverName.toLowerCase();

export const createContacts = (rows: readonly ContactRow[] = []): Contacts => {
  const known = new Map<string, Contact>();
  const taken: Contacts = {
    get: (serverName) => known.get(contactKey(serverName)),
    all: () => [...known.values()],
    take(row) {
      if ((known.get(row.server_name)?.version ?? -1) < row.version)
        known.set(row.server_name, contactOf(row));
    },
  };
  for (const row of rows) taken.take(row);
  return taken;
};

export const loadContacts = async (store: Store): Promise<Contacts> =>
  createContacts(await store.read((reader) => reader.scan(contacts, {})));

/** A status of a later version of the program counts as one that waits. */
const contactOf = (row: ContactRow): Contact => ({
  serverName: row.server_name,
  status: statuses.find((status) => status === row.status) ?? 'waiting',
  ...(row.reason === null ? {} : { reason: row.reason }),
  version: row.version,
  firstTs: row.first_ts,
  ...(row.decided_ts === null ? {} : { decidedTs: row.decided_ts }),
  ...(row.decided_by === null ? {} : { decidedBy: row.decided_by }),
});
