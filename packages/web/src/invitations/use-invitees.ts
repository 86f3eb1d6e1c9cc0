import { useState } from 'react';
import type { Person } from '../people/person.ts';
import { plainName } from '../people/plain-name.ts';
import { describeProblem, errorCode } from '../session/problem.ts';
import { useWorkspace } from '../session/workspace-session.ts';
import { checkPerson, type PersonCheck } from './check-person.ts';
import { isVersionRefusal, type NewInvitation, sendInvitation } from './send-invitation.ts';

export type Invitee = {
  readonly person: Person;
  readonly check: PersonCheck | undefined;
  readonly state: 'checking' | 'chosen' | 'sending' | 'sent' | 'waits' | 'failed' | 'version';
  readonly failure: string;
};

/** Somebody who was found, or of whom nothing could be found out. */
export const mayBeSent = ({ state, check }: Invitee): boolean =>
  (state === 'chosen' || state === 'failed') && SENDABLE.some((status) => status === check?.status);

const SENDABLE = ['exists', 'unknown', 'awaits-approval'] as const;

/** The people who were chosen, from the check that they exist to their invitation. */
export function useInvitees(roomId: string) {
  const { client, session } = useWorkspace();
  const [invitees, setInvitees] = useState<readonly Invitee[]>([]);
  const [sending, setSending] = useState(false);

  const change = (userId: string, part: Partial<Invitee>) =>
    setInvitees((old) => old.map((one) => (one.person.userId === userId ? { ...one, ...part } : one)));

  /** Whether the person was found. */
  async function check(person: Person): Promise<boolean> {
    try {
      const found = await checkPerson(person.userId, session.accessToken);
      change(person.userId, {
        state: 'chosen',
        check: found,
        person: {
          ...person,
          name: plainName(found.name ?? '') || person.name,
          avatar: found.avatar ?? person.avatar,
        },
      });
      return found.status === 'exists';
    } catch (problem) {
      const message = describeProblem(problem);
      change(person.userId, {
        state: 'chosen',
        check: { status: 'unknown', message, name: undefined, avatar: undefined },
      });
      return false;
    }
  }

  function choose(person: Person): Promise<boolean> {
    setInvitees((old) => [
      ...old.filter((one) => one.person.userId !== person.userId),
      { person, check: undefined, state: 'checking', failure: '' },
    ]);
    return check(person);
  }

  function recheck(person: Person) {
    change(person.userId, { state: 'checking', check: undefined, failure: '' });
    void check(person);
  }

  async function sendOne(invitation: NewInvitation) {
    change(invitation.userId, { state: 'sending', failure: '' });
    try {
      await sendInvitation(client, invitation);
      change(invitation.userId, { state: 'sent' });
    } catch (problem) {
      const failure = describeProblem(problem);
      const waits = errorCode(problem) === 'CAUSEWAY_AWAITS_APPROVAL';
      const state = isVersionRefusal(problem) ? 'version' : waits ? 'waits' : 'failed';
      change(invitation.userId, { state, failure });
    }
  }

  type How = Pick<NewInvitation, 'note' | 'expiresInMs'>;

  /** Invites who was chosen, and who was typed and not chosen from the list: they are checked on the way. */
  async function send(how: How, typed?: Person) {
    setSending(true);
    const chosen = invitees.filter(mayBeSent).map(({ person }) => person.userId);
    const inviteOne = (userId: string) => sendOne({ roomId, userId, ...how });
    const inviteTyped = async (person: Person) => {
      if (await choose(person)) await inviteOne(person.userId);
    };
    await Promise.all([
      ...chosen.filter((userId) => userId !== typed?.userId).map(inviteOne),
      ...(typed ? [inviteTyped(typed)] : []),
    ]);
    setSending(false);
  }

  return {
    invitees,
    sending,
    choose: (person: Person) => void choose(person),
    recheck,
    send,
    drop: (userId: string) => setInvitees((old) => old.filter((one) => one.person.userId !== userId)),
  };
}
