import type { Policy, PolicyAnswer, PolicyQuestion } from '@causeway/homeserver';
import type { UserId } from '@causeway/protocol';
import type { WorkspaceContext } from '../context.ts';
import { holdsPermission } from './permissions.ts';

/**
 * The name of a workspace on trial. It belongs to every machine and to none, so nobody could reach it or
 * check its signatures: such a workspace never federates.
 */
export const TRIAL_SERVER_NAME = 'localhost';

export const isTrial = (serverName: string): boolean => serverName === TRIAL_SERVER_NAME;

/** The workspace's answers to the engine: who may take part in what leaves the house. */
export const createPolicy = (context: WorkspaceContext): Policy => ({
  async ask(question) {
    if (isTrial(context.serverName)) return trialAnswer;
    if (question.kind === 'exchange') return allowed;
    if (await holdsPermission(context, question.user, 'access-federation')) return allowed;
    return { allowed: false, reason: refusals[question.kind](question.user) };
  },
});

const allowed: PolicyAnswer = { allowed: true };

const trialAnswer: PolicyAnswer = {
  allowed: false,
  reason: 'This workspace is a trial named localhost and cannot reach other organisations.',
};

/** One sentence each, shown to the person who asked; for `receive-invitation` that is the outsider. */
const refusals: {
  readonly [kind in Exclude<PolicyQuestion['kind'], 'exchange'>]: (user: UserId) => string;
} = {
  'create-federated-room': () =>
    'You may not create rooms with other organisations. An admin of this workspace can permit it.',
  'invite-outsider': () =>
    'You may not invite people of other organisations. An admin of this workspace can permit it.',
  'join-outside': () =>
    'You may not join rooms of other organisations. An admin of this workspace can permit it.',
  'receive-invitation': (user) => `${user} does not accept invitations from other organisations.`,
};
