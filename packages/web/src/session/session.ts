import { forgetDrafts } from '../composer/drafts.ts';
import { Observable } from '../frame/observable.ts';
import { isObject, RequestError, request, text } from './matrix-request.ts';
import { sessionName } from './session-name.ts';

export type Session = {
  readonly userId: string;
  readonly deviceId: string;
  readonly accessToken: string;
};

const STORAGE_KEY = 'causeway.session';

function restore(): Session | undefined {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(STORAGE_KEY) ?? 'null');
    return isObject(stored) ? parseSession(stored.userId, stored.deviceId, stored.accessToken) : undefined;
  } catch {
    return undefined;
  }
}

function parseSession(userId: unknown, deviceId: unknown, accessToken: unknown): Session | undefined {
  const session = { userId: text(userId), deviceId: text(deviceId), accessToken: text(accessToken) };
  return session.userId && session.deviceId && session.accessToken
    ? { userId: session.userId, deviceId: session.deviceId, accessToken: session.accessToken }
    : undefined;
}

/** Who is signed in; undefined for nobody. */
export const currentSession = new Observable<Session | undefined>(restore());

export async function signIn(user: string, password: string): Promise<void> {
  const body = await request('/_matrix/client/v3/login', {
    method: 'POST',
    body: {
      type: 'm.login.password',
      identifier: { type: 'm.id.user', user },
      password,
      initial_device_display_name: sessionName(navigator.userAgent),
    },
  });
  const session = parseSession(body.user_id, body.device_id, body.access_token);
  if (!session) throw new Error('The server answered the sign-in without a session.');
  localStorage.setItem(STORAGE_KEY, JSON.stringify(session));
  signedOut.set(undefined);
  currentSession.set(session);
}

/**
 * What there is to know about the end of the last session, for the sign-in screen to say: the server ended it,
 * or could not be told that it is over and goes on taking its token.
 */
export const signedOut = new Observable<'byServer' | 'onlyHere' | undefined>(undefined);

/** Forgets the session here, and what its person was writing. */
function forgetSession(): void {
  const session = currentSession.get();
  if (session) forgetDrafts(session.userId);
  localStorage.removeItem(STORAGE_KEY);
  currentSession.set(undefined);
}

/** The server does not know the access token any more. */
export function sessionEnded(): void {
  signedOut.set('byServer');
  forgetSession();
}

/** Revokes the access token; the session is forgotten here even when the server cannot be told. */
export async function signOut(session: Session): Promise<void> {
  try {
    await request('/_matrix/client/v3/logout', {
      method: 'POST',
      body: {},
      accessToken: session.accessToken,
    });
  } catch (error) {
    // A session that the server does not know is as good as ended.
    if (!(error instanceof RequestError && error.status === 401)) signedOut.set('onlyHere');
  }
  forgetSession();
}
