/** Does somebody exist? Asked before an invitation, so that a slip of the pen is noticed at once. */
import { serverNameOf, type UserId } from '@causeway/protocol';
import { type Engine, isLocal } from '../engine.ts';
import { requestRemote } from '../federation/signed-request.ts';
import type { Fault } from '../faults.ts';
import type { PolicyAnswer, Profile } from '../ports.ts';
import { faultOf } from '../refusals.ts';
import { remoteProfiles } from '../store/schema.ts';

/** Whether somebody can be invited. */
export type PersonCheck = {
  /** `awaits-approval`: they may be invited, and the invitation waits. */
  readonly status: 'exists' | 'not-found' | 'unreachable' | 'not-allowed' | 'awaits-approval';
  /** A sentence for the person who asked; `fault` the same for pages with words of their own. */
  readonly message: string;
  readonly fault?: Fault;
  /** Of somebody who exists. */
  readonly profile?: Profile;
};

/** Somebody waits for the answer before they can go on; discovery and all, it is there within 10 s. */
const CHECK_TIMEOUT_MS = 9_000;

/** `asker` is local. The answer is asked for anew: what was known yesterday does not count. */
export const checkPerson = async (engine: Engine, asker: UserId, userId: UserId): Promise<PersonCheck> => {
  if (isLocal(engine, userId)) return checkLocal(engine, userId);
  const mayInvite = await engine.policy.ask({ kind: 'invite-outsider', user: asker, invitee: userId });
  if (!mayInvite.allowed) {
    const status = mayInvite.awaitsApproval === true ? 'awaits-approval' : 'not-allowed';
    return { status, ...toldByPolicy(mayInvite) };
  }
  const server = serverNameOf(userId);
  const mayTalk = await engine.policy.ask({ kind: 'exchange', server, direction: 'outbound' });
  if (!mayTalk.allowed) return { status: 'not-allowed', ...toldByPolicy(mayTalk) };
  const answer = await requestRemote(engine, {
    destination: server,
    method: 'GET',
    path: `/_matrix/federation/v1/query/profile?user_id=${encodeURIComponent(userId)}`,
    timeoutMs: CHECK_TIMEOUT_MS,
  });
  if (answer.kind === 'failed') {
    return { status: 'unreachable', ...told(faultOf('person-unreachable', { server, why: answer.reason })) };
  }
  if (answer.kind === 'refused') {
    return answer.status === 404
      ? { status: 'not-found', ...told(faultOf('person-unknown', { person: userId, server })) }
      : { status: 'not-allowed', ...told(faultOf('person-not-told', { server, why: answer.error })) };
  }
  const profile = JSON.stringify(answer.body);
  await engine.store.transact((tx) =>
    tx.put(remoteProfiles, { user_id: userId, profile, fetched_ts: engine.clock.now() }),
  );
  const fault = faultOf('person-exists', { person: userId, server });
  return { status: 'exists', ...told(fault), profile: answer.body };
};

const checkLocal = async (engine: Engine, userId: UserId): Promise<PersonCheck> => {
  const profile = (await engine.directory.exists(userId))
    ? ((await engine.directory.profile(userId)) ?? {})
    : undefined;
  return profile === undefined
    ? { status: 'not-found', ...told(faultOf('person-unknown-here', { person: userId })) }
    : { status: 'exists', ...told(faultOf('person-exists-here', { person: userId })), profile };
};

const told = (fault: Fault) => ({ message: fault.english, fault });

const toldByPolicy = ({ reason, fault }: Extract<PolicyAnswer, { readonly allowed: false }>) =>
  fault === undefined ? { message: reason } : told(fault);
