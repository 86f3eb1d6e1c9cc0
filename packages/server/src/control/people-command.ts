/** What the command line can ask about accounts. The answer is text for the person, one account or token a line. */
import { invalidParam } from '@causeway/homeserver';
import { invitationAddress, passwordLinkAddress } from '@causeway/http';
import { parseUserId, type UserId } from '@causeway/protocol';
import {
  createInvitationLink,
  createPasswordLink,
  createRegistrationToken,
  deactivateAccount,
  type ListedPerson,
  listPeople,
  listRegistrationTokens,
  localpartFromInput,
  reactivateAccount,
  resetPassword,
  setRole,
  signOut,
  type WorkspaceContext,
  withdrawRegistrationToken,
} from '@causeway/workspace';
import type { ControlCommand, ControlTarget } from './control-command.ts';

export type PeopleCommand =
  | { readonly kind: 'user-list' }
  | { readonly kind: 'user-role'; readonly name: string; readonly role: string }
  | { readonly kind: 'user-sign-out' | 'user-reactivate'; readonly name: string }
  | { readonly kind: 'user-reset-password'; readonly name: string; readonly password: string | undefined }
  | { readonly kind: 'user-deactivate'; readonly name: string; readonly erase: boolean }
  | { readonly kind: 'user-invite'; readonly role: string; readonly uses?: number; readonly days?: number }
  | { readonly kind: 'registration-token'; readonly uses?: number; readonly days?: number }
  | { readonly kind: 'registration-token-list' }
  | { readonly kind: 'registration-token-withdraw'; readonly token: string };

const DAY_HOURS = 24;
const DAY_MS = DAY_HOURS * 60 * 60_000;
const INVITATION_DAYS = 7;
const BY = { name: 'command line' } as const;

/** Undefined for a command that is not about people. */
export const runPeopleCommand = async (
  { context, publicUrl, isRunning }: ControlTarget,
  command: ControlCommand,
): Promise<string | undefined> => {
  switch (command.kind) {
    case 'user-list':
      return listInLines(context);
    case 'user-role': {
      const userId = userIdFromInput(context, command.name);
      await setRole(context, userId, command.role, { by: BY });
      return `${userId} now has the role ${command.role}.`;
    }
    case 'user-sign-out': {
      const userId = userIdFromInput(context, command.name);
      await signOut(context, userId, 'everywhere', BY);
      return `${userId} is signed out everywhere.`;
    }
    case 'user-reset-password': {
      const userId = userIdFromInput(context, command.name);
      if (command.password !== undefined) {
        await resetPassword(context, userId, command.password, BY);
        return `${userId} has the new password and is signed out everywhere.`;
      }
      const link = await createPasswordLink(context, userId, BY);
      return linkInWords(passwordLinkAddress(publicUrl, link.secret), link.expiresTs);
    }
    case 'user-deactivate': {
      const userId = userIdFromInput(context, command.name);
      await deactivateAccount(context, userId, { by: BY, erase: command.erase });
      const done = command.erase ? 'deactivated and erased' : 'deactivated';
      return isRunning
        ? `${userId} is ${done}, and leaves all rooms.`
        : `${userId} is ${done}, and leaves all rooms at the next start of the workspace.`;
    }
    case 'user-reactivate': {
      const userId = userIdFromInput(context, command.name);
      await reactivateAccount(context, userId, { by: BY });
      return `${userId} is active again. For a password: causeway user reset-password ${command.name}`;
    }
    case 'user-invite': {
      const { role, uses = 1, days = INVITATION_DAYS } = command;
      const link = await createInvitationLink(context, { role, uses, hours: days * DAY_HOURS }, BY);
      return linkInWords(invitationAddress(publicUrl, link.secret), link.expiresTs);
    }
    case 'registration-token': {
      const { uses, days } = command;
      const expiresTs = days === undefined ? undefined : context.clock.now() + days * DAY_MS;
      return createRegistrationToken(context, { uses, expiresTs });
    }
    case 'registration-token-list':
      return tokensInLines(context);
    case 'registration-token-withdraw':
      await withdrawRegistrationToken(context, command.token, BY);
      return 'The token is withdrawn.';
    default:
      return undefined;
  }
};

export const userIdFromInput = (context: WorkspaceContext, name: string): UserId => {
  const localpart = localpartFromInput(name, context.serverName);
  const userId = localpart === undefined ? undefined : parseUserId(`@${localpart}:${context.serverName}`);
  if (userId === undefined) throw invalidParam(`${name} is not a user of ${context.serverName}.`);
  return userId;
};

const listInLines = async (context: WorkspaceContext): Promise<string> => {
  const { people } = await listPeople(context, { limit: Number.MAX_SAFE_INTEGER });
  return people.map(personInLine).join('\n');
};

const personInLine = (person: ListedPerson): string =>
  [
    person.userId,
    person.state === 'active' ? person.role : person.state,
    person.permissions.join(','),
    `${person.sessions} sessions`,
    person.lastSeenTs === undefined ? 'never seen' : `seen ${inWords(person.lastSeenTs)}`,
  ].join('\t');

const tokensInLines = async (context: WorkspaceContext): Promise<string> => {
  const tokens = await listRegistrationTokens(context);
  return tokens
    .map(({ token, state, used, uses, expiresTs }) =>
      [
        token,
        state,
        `used ${used} of ${uses ?? 'any number'}`,
        expiresTs === undefined ? 'for ever' : `until ${inWords(expiresTs)}`,
      ].join('\t'),
    )
    .join('\n');
};

const linkInWords = (address: string, expiresTs: number): string =>
  `${address}\nUntil ${inWords(expiresTs)}. It is shown this once.`;

const inWords = (ts: number) => `${new Date(ts).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
