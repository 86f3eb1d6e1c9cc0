import { useEffect, useState } from 'react';
import { RequestError, request } from './matrix-request.ts';
import { useWorkspace } from './workspace-session.ts';

/** Endpoints that a server may not have; what they do is offered only where they answer. */
const PROBES = {
  expiry: '/_causeway/rooms/!none/invitations',
  upgrade: '/_causeway/rooms/!none/upgrade',
  // Not a user ID: a report of one would be kept.
  reportPerson: '/_matrix/client/v3/users/none/report',
  // Not a room ID, and not an event that could be seen.
  reportRoom: '/_matrix/client/v3/rooms/none/report',
  reportMessage: '/_matrix/client/v3/rooms/none/report/none',
  search: '/_matrix/client/v3/search',
} as const;

export type Feature = keyof typeof PROBES;

const answers = new Map<string, Promise<boolean>>();

/** Asks for something that cannot be done: a server that knows the endpoint refuses it by name. */
async function probe(path: string, accessToken: string): Promise<boolean> {
  try {
    await request(path, { method: 'POST', body: {}, accessToken });
    return true;
  } catch (problem) {
    if (!(problem instanceof RequestError)) throw problem;
    return problem.errcode !== 'M_UNRECOGNIZED' && problem.status !== 405 && problem.status < 500;
  }
}

export function hasFeature(feature: Feature, accessToken: string): Promise<boolean> {
  const key = `${feature} ${accessToken}`;
  const known = answers.get(key) ?? probe(PROBES[feature], accessToken);
  answers.set(key, known);
  known.catch(() => void answers.delete(key));
  return known;
}

/** Whether this server has it; false until it is known. */
export function useFeature(feature: Feature): boolean {
  const { session } = useWorkspace();
  const [there, setThere] = useState(false);
  useEffect(() => {
    let current = true;
    hasFeature(feature, session.accessToken).then(
      (answer) => current && setThere(answer),
      () => undefined,
    );
    return () => {
      current = false;
    };
  }, [feature, session]);
  return there;
}
