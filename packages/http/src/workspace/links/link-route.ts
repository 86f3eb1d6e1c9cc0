/** Operations for people who are not signed in and have a link. */
import type { HttpRequest, HttpRoute } from '../../route.ts';
import { readKey } from '../../client/repeated-requests.ts';
import type { AdminContext } from '../admin/admin-route.ts';

export type LinkCall = Pick<AdminContext, 'workspace'> & { readonly request: HttpRequest };

export type LinkRoute = Omit<HttpRoute, 'handle'> & {
  readonly handle: (context: AdminContext) => HttpRoute['handle'];
};

/** A name, a password, a secret. */
const MAX_BODY_BYTES = 16_384;

/** `path` is what follows `/_causeway/links`. Guessing is as slow as at the sign-in. */
export const linkRoute = (path: string, handle: (call: LinkCall) => Promise<object>): LinkRoute => ({
  method: 'POST',
  paths: [`/_causeway/links${path}`],
  maxBodyBytes: MAX_BODY_BYTES,
  handle: (context) => async (request) => {
    await context.settings.limit?.(request.remoteAddress, 'login');
    const work = () => handle({ workspace: context.workspace, request });
    const key = readKey(request.header('idempotency-key'));
    if (key === undefined) return work();
    // Whoever asks again has the same secret in the same body.
    const body = Buffer.from(request.body).toString('base64');
    return context.repeated.once(JSON.stringify(['link', path, key, body]), work);
  },
});
