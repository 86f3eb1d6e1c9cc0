/** Operations for admins alone: whoever is none is refused before anything else is looked at. */
import { forbidden } from '@causeway/homeserver';
import { type Actor, readStanding, type SigningKeys, type WorkspaceContext } from '@causeway/workspace';
import { type Call, type ClientContext, type ClientRoute, route } from '../../client/client-route.ts';
import type { HttpRoute, Method } from '../../route.ts';
import { faultOf } from '@causeway/workspace';

export type AdminContext = ClientContext & {
  readonly workspace: WorkspaceContext;
  readonly signingKeys: SigningKeys;
};

export type AdminCall = Call & Pick<AdminContext, 'workspace' | 'signingKeys'> & { readonly by: Actor };

export type AdminRoute = Omit<HttpRoute, 'handle'> & {
  readonly handle: (context: AdminContext) => HttpRoute['handle'];
};

/** `path` is what follows `/_causeway/admin`. */
export const adminRoute = (
  method: Method,
  path: string,
  handle: (call: AdminCall) => Promise<object>,
): AdminRoute => {
  const bound = ({ workspace, signingKeys }: AdminContext): ClientRoute =>
    route(method, [`/_causeway/admin${path}`], async (call) => {
      const standing = await readStanding(workspace, call.userId);
      if (standing?.role !== 'admin') throw forbidden(faultOf('admins-only'));
      const by = { name: call.userId, address: call.request.remoteAddress };
      return handle({ ...call, workspace, signingKeys, by });
    });
  return {
    method,
    paths: [`/_causeway/admin${path}`],
    handle: (context) => bound(context).handle(context),
  };
};
