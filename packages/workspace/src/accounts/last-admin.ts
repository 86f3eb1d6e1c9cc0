import { refusal, type StoreReader } from '@causeway/homeserver';
import { faultOf } from '../faults.ts';
import { accounts } from '../tables.ts';

/** Asked at the end of a transaction that takes somebody's role or account. @throws M_FORBIDDEN */
export const requireAnAdmin = async (reader: StoreReader): Promise<void> => {
  const people = await reader.scan(accounts, {});
  if (people.some((account) => account.role === 'admin' && account.deactivated_ts === null)) return;
  throw refusal('M_FORBIDDEN', faultOf('only-admin'));
};
