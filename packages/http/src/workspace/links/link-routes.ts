import type { HttpRoute } from '../../route.ts';
import type { AdminContext } from '../admin/admin-route.ts';
import { acceptInvitation, lookAtInvitation } from './invitation.ts';
import type { LinkRoute } from './link-route.ts';
import { lookAtPasswordLink, useNewPassword } from './new-password.ts';

const operations: readonly LinkRoute[] = [
  lookAtInvitation,
  acceptInvitation,
  lookAtPasswordLink,
  useNewPassword,
];

/** Everything under `/_causeway/links/`: what the pages behind links ask. */
export const linkRoutes = (context: AdminContext): readonly HttpRoute[] =>
  operations.map((operation) => ({ ...operation, handle: operation.handle(context) }));
