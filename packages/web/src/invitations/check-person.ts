import { RequestError, request, text } from '../session/matrix-request.ts';
import { describeProblem, sentenceIn } from '../session/problem.ts';

export type PersonCheck = {
  readonly status: 'exists' | 'not-found' | 'unreachable' | 'not-allowed' | 'awaits-approval' | 'unknown';
  /** What the check found, as a sentence. */
  readonly message: string;
  readonly name: string | undefined;
  readonly avatar: string | undefined;
};

const STATUSES = ['exists', 'not-found', 'unreachable', 'not-allowed', 'awaits-approval'] as const;

/** Whether somebody exists, before they are invited. */
export async function checkPerson(userId: string, accessToken: string): Promise<PersonCheck> {
  try {
    const body = await request(`/_causeway/people/${encodeURIComponent(userId)}`, { accessToken });
    return {
      status: STATUSES.find((status) => status === body.status) ?? 'unknown',
      message: sentenceIn(body, body.message),
      name: text(body.displayname),
      avatar: text(body.avatar_url),
    };
  } catch (problem) {
    if (problem instanceof RequestError && problem.errcode === 'M_UNRECOGNIZED')
      return checkByProfile(userId, accessToken);
    throw problem;
  }
}

/** A server without the check: a profile that is answered belongs to somebody. */
async function checkByProfile(userId: string, accessToken: string): Promise<PersonCheck> {
  try {
    const body = await request(`/_matrix/client/v3/profile/${encodeURIComponent(userId)}`, { accessToken });
    const name = text(body.displayname);
    return { status: 'exists', message: '', name, avatar: text(body.avatar_url) };
  } catch (problem) {
    if (!(problem instanceof RequestError)) throw problem;
    const status =
      problem.status === 404 ? 'not-found' : problem.status === 403 ? 'not-allowed' : 'unreachable';
    return { status, message: describeProblem(problem), name: undefined, avatar: undefined };
  }
}
