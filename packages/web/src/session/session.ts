import { Observable } from '../frame/observable.ts';
import { isObject, request, text } from './matrix-request.ts';

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
      initial_device_display_name: 'Causeway (web)',
    },
  });
  const session = parseSession(body.user_id, body.device_id, body.access_token);
  if (!session) throw new Error('The server answered the sign-in without a session.');
  localStorage.setItem(STORAGE_KEY, JSON.stringify(session));
  endedByServer.set(false);
  currentSession.set(session);
}

/** True when the server ended the last session, for the sign-in screen to say so. */
export const endedByServer = new Observable(false);

/** Forgets the session here. */
function forgetSession(): void {
  localStorage.removeItem(STORAGE_KEY);
  currentSession.set(undefined);
}

/** The server does not know the access token any more. */
export function sessionEnded(): void {
  endedByServer.set(true);
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
    console.warn('The server could not be told to end this session.', error);
  }
  forgetSession();
}
