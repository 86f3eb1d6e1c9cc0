import type { WorkspaceContext } from '../context.ts';
import { heldPermissions } from '../permissions/permissions.ts';
import type { Permission } from '../permissions/rights.ts';
import { accounts } from '../tables.ts';
import { type Account, accountFromRow } from './account.ts';

export type ListedAccount = Account & { readonly permissions: readonly Permission[] };

/** All accounts by name, with what each may do. */
export const listAccounts = (context: WorkspaceContext): Promise<readonly ListedAccount[]> =>
  context.store.read(async (reader) => {
    const listed: ListedAccount[] = [];
    for (const row of await reader.scan(accounts, {})) {
      listed.push({
        ...accountFromRow(row, context.serverName),
        permissions: await heldPermissions(context, reader, row),
      });
    }
    return listed;
  });
