/** What the command line can ask of a workspace, running or not. The answer is text for the person. */
import { type Homeserver, invalidParam, MatrixError, type OwnKey } from '@causeway/homeserver';
import type { CheckStep, FederationChecker } from '@causeway/http';
import {
  type AuditVerdict,
  COMMAND_LINE,
  createAccount,
  grantPermission,
  isPermission,
  permissionNames,
  revokePermission,
  type SigningKeys,
  verifyAudit,
  type WorkspaceContext,
} from '@causeway/workspace';
import { type PeopleCommand, runPeopleCommand, userIdFromInput } from './people-command.ts';
import { repairNamedRoom } from './repair-room.ts';
import { inspectNamedRoom, roomInWords } from './room-in-words.ts';

export type ControlCommand =
  | { readonly kind: 'user-add'; readonly name: string; readonly password: string; readonly role: string }
  | { readonly kind: 'user-grant' | 'user-revoke'; readonly name: string; readonly permission: string }
  | PeopleCommand
  | { readonly kind: 'audit-verify' }
  /** By its ID, or an alias of this server. */
  | { readonly kind: 'room-inspect'; readonly room: string }
  /** From the server of that name. */
  | { readonly kind: 'room-repair'; readonly room: string; readonly from: string }
  | { readonly kind: 'signing-key-list' | 'signing-key-rotate' }
  /** Answered with the steps as a JSON array. Without a name one's own set-up is checked. */
  | { readonly kind: 'federation-check'; readonly server: string | undefined };

/** The workspace that a command is for. */
export type ControlTarget = {
  readonly context: WorkspaceContext;
  readonly checker: FederationChecker;
  /** Where people reach the web app, for links. */
  readonly publicUrl: string;
  /** Whether the homeserver runs, which carries out what takes longer. */
  readonly isRunning: boolean;
  readonly signingKeys: () => Promise<SigningKeys>;
  /** While it runs. */
  readonly homeserver?: Pick<Homeserver, 'engine'>;
};

export const runControlCommand = async (target: ControlTarget, command: ControlCommand): Promise<string> => {
  const { context, checker, signingKeys } = target;
  switch (command.kind) {
    case 'user-add': {
      const { name: localpart, password, role } = command;
      const userId = await createAccount(context, { localpart, password, role });
      return `Made ${userId}${role === 'user' ? '' : `, ${role === 'admin' ? 'an admin' : role}`}.`;
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
    case 'audit-verify':
      return verdictInWords(await verifyAudit(context.store));
    case 'room-inspect':
      return roomInWords(await inspectNamedRoom(context, command.room));
    case 'room-repair':
      return repairNamedRoom(target, command);
    case 'signing-key-list':
      return keysInWords((await signingKeys()).list());
    case 'signing-key-rotate': {
      const keyId = await (await signingKeys()).rotate({ by: COMMAND_LINE });
      return `${context.serverName} signs with ${keyId} from now on. The key from before stays published, so what it signed stays valid.`;
    }
    case 'federation-check':
      return JSON.stringify(await collectSteps(checker, command.server));
    default: {
      const answer = await runPeopleCommand(target, command);
      if (answer !== undefined) return answer;
      throw invalidParam('The running server does not know this command; it may be of another version.');
    }
  }
};

const keysInWords = (keys: readonly OwnKey[]): string =>
  keys
    .map(({ keyId, since, expiredTs }) => {
      const began = `since ${new Date(since).toISOString()}`;
      return [
        keyId,
        expiredTs === undefined ? 'in use' : `given up ${new Date(expiredTs).toISOString()}`,
        began,
      ].join('\t');
    })
    .join('\n');

/** A broken log is an error, so that the command's exit status says it to scripts. */
const verdictInWords = (verdict: AuditVerdict): string => {
  if (verdict.kind === 'broken') {
    throw new MatrixError(
      'CAUSEWAY_AUDIT_BROKEN',
      `The audit log is broken at entry ${verdict.sequence}: ${verdict.reason}.`,
    );
  }
  const { sequence, hash } = verdict.head;
  return `The audit log is sound: ${sequence} entries, the last with the hash ${hash}.`;
};

export const collectSteps = async (
  checker: FederationChecker,
  server: string | undefined,
): Promise<readonly CheckStep[]> => {
  const steps: CheckStep[] = [];
  for await (const step of checker.check(server)) steps.push(step);
  return steps;
};
