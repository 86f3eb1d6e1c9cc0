/**
 * First contact: whether an organisation may be talked with, and the wish that waits when it may not yet. Nothing is
 * sent to an organisation before it is approved, not even a question for its keys.
 */
import type { PolicyAnswer, PolicyQuestion } from '@causeway/homeserver';
import { isJsonObject, type JsonValue, serverNameOf } from '@causeway/protocol';
import { ownLocalpart } from '../accounts/account.ts';
import type { WorkspaceContext } from '../context.ts';
import { type Fault, faultOf } from '../faults.ts';
import { matchesDomain } from '../settings/domain-rules.ts';
import { type ContactWish, noteWish } from './contact-requests.ts';

type Refusal = Extract<PolicyAnswer, { readonly allowed: false }>;
type Exchange = Extract<PolicyQuestion, { readonly kind: 'exchange' }>;

/** The answer of policy that says why not. */
export const refusedFor = (fault: Fault): Refusal => ({ allowed: false, reason: fault.english, fault });

/** Why an organisation may not be talked with; undefined when it may, as far as first contact goes. */
export const contactRefusal = (
  { contacts, settings, serverName }: WorkspaceContext,
  server: string,
): Refusal | undefined => {
  const own = serverName;
  if (server === own) return undefined;
  const contact = contacts.get(server);
  switch (contact?.status) {
    case 'approved':
      return undefined;
    case 'refused':
      return refusedFor(faultOf('contact-refused', { own, server, reason: contact.reason ?? '' }));
    case 'disconnected':
      return refusedFor(
        contact.reason
          ? faultOf('contact-ended-why', { own, server, reason: contact.reason })
          : faultOf('contact-ended', { own, server }),
      );
    default:
      if (!settings.get('federation.first-contact')) return undefined;
      if (settings.get('federation.auto-approve').some((domain) => matchesDomain(domain, server)))
        return undefined;
      return { ...refusedFor(faultOf('contact-waits', { own, server })), awaitsApproval: true };
  }
};

/** The answer about a request that goes to, or came from, a server. */
export const mayContact = async (
  context: WorkspaceContext,
  { server, direction, request }: Exchange,
): Promise<Refusal | undefined> => {
  const refusal = contactRefusal(context, server);
  if (refusal === undefined) return undefined;
  const ended = context.contacts.get(server)?.status === 'disconnected';
  // That our people left is still told, and what was written before it still arrives.
  if (ended && direction === 'outbound' && isParting(request?.path)) return undefined;
  if (refusal.awaitsApproval !== true || request === undefined) return refusal;
  const wish = direction === 'outbound' ? wishToSend(server, request.path) : wishOf(context, server, request);
  if (wish !== undefined) await noteWish(context, wish);
  return refusal;
};

const isParting = (path: string | undefined): boolean =>
  path !== undefined && /^\/_matrix\/federation\/v[12]\/(?:send|make_leave|send_leave)\//.test(path);

/** Somebody of it came into a room of ours through another organisation. */
const wishToSend = (serverName: string, path: string): ContactWish | undefined =>
  path.startsWith('/_matrix/federation/v1/send/') ? { serverName, kind: 'shared' } : undefined;

const ASKING =
  /^\/_matrix\/federation\/v[12]\/(invite|make_join|send_join|make_knock|send_knock)\/([^/?]+)\/([^/?]+)/;

/** What another server asks for. Not verified: that would take a question for its keys. */
const wishOf = (
  context: WorkspaceContext,
  serverName: string,
  { path, body }: NonNullable<Exchange['request']>,
): ContactWish | undefined => {
  const [, what, room = '', who = ''] = ASKING.exec(path)?.map(decoded) ?? [];
  if (what === undefined) return undefined;
  if (what !== 'invite') {
    const other = what.startsWith('make_') ? who : textIn(body, 'sender');
    return { serverName, kind: 'joining', room, other };
  }
  const event = isJsonObject(body) && isJsonObject(body.event) ? body.event : body;
  const invited = ownLocalpart(textIn(event, 'state_key'), context.serverName);
  return {
    serverName,
    kind: 'invited',
    room,
    other: textIn(event, 'sender'),
    ...(invited === undefined ? {} : { localpart: invited }),
  };
};

const decoded = (part: string): string => {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
};

const textIn = (value: JsonValue | undefined, name: string): string => {
  const text = isJsonObject(value) ? value[name] : undefined;
  return typeof text === 'string' ? text.toWellFormed() : '';
};

type Wanting = Extract<PolicyQuestion, { readonly kind: 'invite-outsider' | 'join-outside' }>;

/** What somebody here wants of an organisation; what waits is written down. */
export const mayBegin = async (
  context: WorkspaceContext,
  question: Wanting,
): Promise<Refusal | undefined> => {
  const localpart = ownLocalpart(question.user, context.serverName);
  if (question.kind === 'invite-outsider') {
    const serverName = serverNameOf(question.invitee);
    const refusal = contactRefusal(context, serverName);
    const { roomId, direct, reason, expiresInMs } = question;
    if (refusal?.awaitsApproval === true && roomId !== undefined && localpart !== undefined) {
      const details = {
        ...(direct === true ? { direct } : {}),
        ...(reason === undefined ? {} : { reason }),
        ...(expiresInMs === undefined ? {} : { expires_in_ms: expiresInMs }),
      };
      await noteWish(context, {
        serverName,
        kind: 'invite',
        localpart,
        room: roomId,
        other: question.invitee,
        details,
      });
    }
    return refusal;
  }
  // One organisation that may be talked with is enough to get in; nothing goes to the others.
  const refusals = question.servers.map((server) => contactRefusal(context, server));
  const [first] = refusals;
  const [server] = question.servers;
  const blocked = question.here ? undefined : refusals.every((one) => one !== undefined) ? first : undefined;
  const room = question.alias ?? question.roomId;
  if (blocked?.awaitsApproval === true && server && room !== undefined && localpart !== undefined) {
    const details = { via: [...question.servers], ...(question.reason ? { reason: question.reason } : {}) };
    const kind = question.knocking === true ? 'knock' : 'join';
    await noteWish(context, { serverName: server, kind, localpart, room, details });
  }
  return blocked;
};
