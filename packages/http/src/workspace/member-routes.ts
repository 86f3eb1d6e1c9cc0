/** What the app asks of the running homeserver for a member, beyond the client-server API. */
import type { ClientContext, ClientRoute } from '../client/client-route.ts';
import type { HttpRoute } from '../route.ts';
import { getPerson } from './people/get-person.ts';
import { getDelivery } from './rooms/get-delivery.ts';
import { getInvitations, postInvitation } from './rooms/invitations.ts';
import { getOrganisations } from './rooms/get-organisations.ts';
import { postRoomUpgrade } from './rooms/post-upgrade.ts';

const operations: readonly ClientRoute[] = [
  getDelivery,
  getOrganisations,
  getPerson,
  getInvitations,
  postInvitation,
  postRoomUpgrade,
];

/** The endpoints under `/_causeway/` for people with an access token. */
export const memberRoutes = (context: ClientContext): readonly HttpRoute[] =>
  operations.map((operation) => ({ ...operation, handle: operation.handle(context) }));
