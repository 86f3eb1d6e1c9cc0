/** What the command line can ask of a workspace, running or not. The answer is text for the person. */
import { invalidParam } from '@causeway/homeserver';
import type { UserId } from '@causeway/protocol';
import {
  createAccount,
  createRegistrationToken,
  grantPermission,
  isPermission,
  listAccounts,
  localpartFromInput,
  permissionNames,
  revokePermission,
  type WorkspaceContext,
} from '@causeway/workspace';
import { parseUserId } from '@causeway/protocol';

export type ControlCommand =
  | { readonly kind: 'user-add'; readonly name: string; readonly password: string; readonly admin: boolean }
  | { readonly kind: 'user-grant' | 'user-revoke'; readonly name: string; readonly permission: string }
  | { readonly kind: 'user-list' }
  | { readonly kind: 'registration-token'; readonly uses: number | undefined };

export const runControlCommand = async (
  context: WorkspaceContext,
  command: ControlCommand,
): Promise<string> => {
  switch (command.kind) {
    case 'user-add': {
      const { name: localpart, password, admin } = command;
      const userId = await createAccount(context, { localpart, password, role: admin ? 'admin' : 'user' });
      return `Made ${userId}${admin ? ', an admin' : ''}.`;
    }
    case 'user-grant':
    case 'user-revoke': {
      const userId = userIdFromInput(context, command.name);
      const { permission } = command;
      if (!isPermission(permission)) {
        throw invalidParam(`There is no permission ${permission}; there is ${permissionNames.join(', ')}.`);
      }
      if (command.kind === 'user-grant') await grantPermission(context, userId, permission);
      else await revokePermission(context, userId, permission);
      return command.kind === 'user-grant'
        ? `${userId} now has ${permission}.`
        : `${userId} no longer has ${permission}.`;
    }
    case 'user-list': {
      const people = await listAccounts(context);
      const lines = people.map(({ userId, role, deactivated, permissions }) =>
        [userId, deactivated ? 'deactivated' : role, permissions.join(',')].join('\t'),
      );
      return lines.join('\n');
    }
    case 'registration-token':
      return createRegistrationToken(context, command.uses === undefined ? {} : { uses: command.uses });
    default:
      throw invalidParam('The running server does not know this command; it may be of another version.');
  }
};

const userIdFromInput = (context: WorkspaceContext, name: string): UserId => {
  const localpart = localpartFromInput(name, context.serverName);
  const userId = localpart === undefined ? undefined : parseUserId(`@${localpart}:${context.serverName}`);
  if (userId === undefined) throw invalidParam(`${name} is not a user of ${context.serverName}.`);
  return userId;
};
