import { useState } from 'react';
import type { Person } from '../people/person.ts';
import { plainName } from '../people/plain-name.ts';
import { describeProblem } from '../session/problem.ts';
import { useWorkspace } from '../session/workspace-session.ts';
import { checkPerson, type PersonCheck } from './check-person.ts';
import { isVersionRefusal, type NewInvitation, sendInvitation } from './send-invitation.ts';

export type Invitee = {
  readonly person: Person;
  readonly check: PersonCheck | undefined;
  readonly state: 'checking' | 'chosen' | 'sending' | 'sent' | 'failed' | 'version';
  readonly failure: string;
};

/** Somebody who was found, or of whom nothing could be found out. */
export const mayBeSent = ({ state, check }: Invitee): boolean =>
  (state === 'chosen' || state === 'failed') && (check?.status === 'exists' || check?.status === 'unknown');

/** The people who were chosen, from the check that they exist to their invitation. */
export function useInvitees(roomId: string) {
  const { client, session } = useWorkspace();
  const [invitees, setInvitees] = useState<readonly Invitee[]>([]);
  const [sending, setSending] = useState(false);

  const change = (userId: string, part: Partial<Invitee>) =>
    setInvitees((old) => old.map((one) => (one.person.userId === userId ? { ...one, ...part } : one)));

  function check(person: Person) {
    checkPerson(person.userId, session.accessToken).then(
      (found) =>
        change(person.userId, {
          state: 'chosen',
          check: found,
          person: {
            ...person,
            name: plainName(found.name ?? '') || person.name,
            avatar: found.avatar ?? person.avatar,
          },
        }),
      (problem: unknown) =>
        change(person.userId, {
          state: 'chosen',
          check: { status: 'unknown', message: describeProblem(problem), name: undefined, avatar: undefined },
        }),
    );
  }

  function choose(person: Person) {
    setInvitees((old) => [
      ...old.filter((one) => one.person.userId !== person.userId),
      { person, check: undefined, state: 'checking', failure: '' },
    ]);
    check(person);
  }

  function recheck(person: Person) {
    change(person.userId, { state: 'checking', check: undefined, failure: '' });
    check(person);
  }

  async function sendOne(invitation: NewInvitation) {
    change(invitation.userId, { state: 'sending', failure: '' });
    try {
      await sendInvitation(client, invitation);
      change(invitation.userId, { state: 'sent' });
    } catch (problem) {
      const failure = describeProblem(problem);
      change(invitation.userId, { state: isVersionRefusal(problem) ? 'version' : 'failed', failure });
    }
  }

  async function send(how: Pick<NewInvitation, 'note' | 'expiresInMs'>) {
    setSending(true);
    const chosen = invitees.filter(mayBeSent);
    await Promise.all(chosen.map(({ person }) => sendOne({ roomId, userId: person.userId, ...how })));
    setSending(false);
  }

  return {
    invitees,
    sending,
    choose,
    recheck,
    send,
    drop: (userId: string) => setInvitees((old) => old.filter((one) => one.person.userId !== userId)),
  };
}
