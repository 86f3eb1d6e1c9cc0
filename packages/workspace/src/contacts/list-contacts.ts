import type { WorkspaceContext } from '../context.ts';
import { type ContactRequest, requestsOfServer } from './contact-requests.ts';
import type { Contact } from './contacts.ts';

export type ListedContact = Contact & { readonly requests: readonly ContactRequest[] };

/** Those that wait first, then what was decided last. */
export const listContacts = (context: WorkspaceContext): Promise<readonly ListedContact[]> =>
  context.store.read(async (reader) => {
    const found: ListedContact[] = [];
    for (const contact of context.contacts.all()) {
      found.push({ ...contact, requests: await requestsOfServer(reader, contact.serverName) });
    }
    return found.toSorted((a, b) => rank(a) - rank(b));
  });

const rank = ({ status, firstTs, decidedTs }: Contact): number =>
  (status === 'waiting' ? -1e15 : 0) - (decidedTs ?? firstTs);
