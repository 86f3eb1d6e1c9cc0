import type { Policy, PolicyAnswer, PolicyQuestion } from '@causeway/homeserver';
import { type ServerName, serverNameOf } from '@causeway/protocol';
import type { WorkspaceContext } from '../context.ts';
import { mayBegin, mayContact, refusedFor } from '../contacts/contact-policy.ts';
import { type Direction, isWithin, refusalOf } from '../settings/domain-rules.ts';
import type { SettingKey } from '../settings/setting.ts';
import { readHearing } from './hearing.ts';
import { rightsOf } from './permissions.ts';
import { isHeldTowards, type Rights } from './rights.ts';
import { faultOf } from '../faults.ts';

/**
 * The name of a workspace on trial. It belongs to every machine and to none, so nobody could reach it or
 * check its signatures: such a workspace never federates.
 */
export const TRIAL_SERVER_NAME = 'localhost';

export const isTrial = (serverName: string): boolean => serverName === TRIAL_SERVER_NAME;

type Question<K extends PolicyQuestion['kind']> = Extract<PolicyQuestion, { readonly kind: K }>;

/** The workspace's answers to the engine: who may take part in what leaves the house. */
export const createPolicy = (context: WorkspaceContext): Policy => ({
  async ask(question) {
    if (isTrial(context.serverName)) return trialAnswer;
    if (!context.settings.get('federation.enabled'))
      return refuse(isOfRoom(question) ? 'exchange-off-here' : 'exchange-off');
    switch (question.kind) {
      case 'exchange':
        return mayExchange(context, question);
      case 'exchange-ephemeral':
        return context.settings.get(ephemeralSwitch[question.what])
          ? allowed
          : refuse(`${question.what}-off`);
      case 'join-room-of-kind':
        return mayJoinKind(context, question);
      case 'invite-outsider': {
        const rule = refusedByRule(context, serverNameOf(question.invitee), 'outbound');
        const answer = rule ?? (await mayTakePart(context, question));
        return answer.allowed ? ((await mayBegin(context, question)) ?? answer) : answer;
      }
      case 'join-outside': {
        const answer = await mayJoin(context, question);
        return answer.allowed ? ((await mayBegin(context, question)) ?? answer) : answer;
      }
      case 'create-federated-room':
        return mayCreate(context, question);
      case 'set-server-acl':
        return maySetAcl(context, question);
      default:
        return mayTakePart(context, question);
    }
  },
  hearing: async (reader, user) =>
    isTrial(context.serverName) ? { kind: 'all' } : readHearing(context, reader, user),
});

const allowed: PolicyAnswer = { allowed: true };

type Refusal = Extract<PolicyAnswer, { readonly allowed: false }>;

const refuse = (...what: Parameters<typeof faultOf>): Refusal => refusedFor(faultOf(...what));

const trialAnswer = refuse('trial');

/** Whether somebody wants to write into a room, where more can be said. */
const isOfRoom = (question: PolicyQuestion): boolean =>
  question.kind === 'speak-outside' && question.roomId !== undefined;

const ephemeralSwitch = {
  typing: 'federation.typing',
  presence: 'federation.presence',
  receipts: 'federation.receipts',
} as const satisfies { readonly [what in Question<'exchange-ephemeral'>['what']]: SettingKey };

const mayExchange = async (
  context: WorkspaceContext,
  question: Question<'exchange'>,
): Promise<PolicyAnswer> =>
  refusedByRule(context, question.server, question.direction) ??
  (await mayContact(context, question)) ??
  allowed;

const refusedByRule = (
  context: WorkspaceContext,
  server: ServerName,
  direction: Direction,
): Refusal | undefined => {
  // The federation check asks ourselves from outside; a list of partners need not have our own name.
  if (server === context.serverName) return undefined;
  const rule = refusalOf(context.settings.get('federation.rules'), server, direction);
  if (rule === undefined) return undefined;
  const between = { own: context.serverName, server };
  return refuse(rule === 'not-listed' ? 'exchange-not-listed' : 'exchange-denied', between);
};

const mayJoinKind = (context: WorkspaceContext, question: Question<'join-room-of-kind'>): PolicyAnswer => {
  if (question.encrypted && !context.settings.get('federation.join-encrypted')) {
    return refuse('join-encrypted');
  }
  if (question.open && !context.settings.get('federation.join-public')) {
    return refuse('join-open');
  }
  return allowed;
};

/** Who may make rooms with some organisations only makes rooms that let in no others. */
const mayCreate = async (
  context: WorkspaceContext,
  { user, invitees }: Question<'create-federated-room'>,
): Promise<PolicyAnswer> => {
  const right = (await rightsOf(context, user))?.['create-federated-room'];
  const strangers = invitees
    .map((invitee) => serverNameOf(invitee))
    .filter((server) => !right || !isHeldTowards(right, server));
  if (right?.held !== true || strangers.length > 0) return refuse('may-create-outside');
  return right.domains === undefined ? allowed : { allowed: true, onlyWith: right.domains };
};

const maySetAcl = async (
  context: WorkspaceContext,
  { user, allow }: Question<'set-server-acl'>,
): Promise<PolicyAnswer> => {
  const { held, domains } = (await rightsOf(context, user))?.['create-federated-room'] ?? { held: false };
  if (!held || domains === undefined) return allowed;
  const own = context.serverName.replace(/:[0-9]+$/, '');
  const beyond = allow.find((one) => one !== own && !domains.some((domain) => isWithin(one, domain)));
  if (beyond === undefined) return allowed;
  return refuse('may-share-only', { domains: domains.join(', '), server: beyond });
};

/** Where the room is elsewhere, it is reached through those servers only that this person may talk with. */
const mayJoin = async (
  context: WorkspaceContext,
  question: Question<'join-outside'>,
): Promise<PolicyAnswer> => {
  const access = (await rightsOf(context, question.user))?.['access-federation'];
  if (access?.held !== true) return refuse('may-join-outside');
  if (access.domains === undefined) return allowed;
  const through = question.servers.filter((server) => isHeldTowards(access, server));
  const enough = question.here ? through.length === question.servers.length : through.length > 0;
  return enough ? { allowed: true, through } : limitedTo(access.domains);
};

const limitedTo = (domains: readonly string[]): Refusal =>
  domains.length === 0 ? refuse('may-not-outside') : refuse('may-only-with', { domains: domains.join(', ') });

type PersonalQuestion = Question<'invite-outsider' | 'receive-invitation' | 'speak-outside'>;

const mayTakePart = async (context: WorkspaceContext, question: PersonalQuestion): Promise<PolicyAnswer> => {
  const rights = await rightsOf(context, question.user);
  if (rights !== undefined && isPermitted(rights, question)) return allowed;
  const limit = rights?.['access-federation'].domains;
  if (question.kind === 'speak-outside' && limit !== undefined) return limitedTo(limit);
  switch (question.kind) {
    case 'invite-outsider':
      return refuse('may-invite-outside');
    case 'receive-invitation':
      // The outsider reads this.
      return refuse('invitations-not-taken', { person: question.user });
    case 'speak-outside':
      return refuse(isOfRoom(question) ? 'may-speak-outside-here' : 'may-speak-outside');
  }
};

const isPermitted = (rights: Rights, question: PersonalQuestion): boolean => {
  switch (question.kind) {
    case 'invite-outsider': {
      const server = serverNameOf(question.invitee);
      const right = rights[question.direct === true ? 'direct-messages' : 'invite-outsiders'];
      return isHeldTowards(right, server);
    }
    case 'receive-invitation':
      return isHeldTowards(rights['accept-invitations'], serverNameOf(question.inviter));
    case 'speak-outside': {
      const access = rights['access-federation'];
      return access.held && (question.servers ?? []).every((server) => isHeldTowards(access, server));
    }
  }
};
