/** What the app asks of the running homeserver for a member, beyond the client-server API. */
import type { ClientContext, ClientRoute } from '../client/client-route.ts';
import type { HttpRoute } from '../route.ts';
import type { WorkspaceContext } from '@causeway/workspace';
import { contactRequestOperations } from './people/contact-requests.ts';
import { getPerson } from './people/get-person.ts';
import { getAcceptedVersion } from './rooms/get-accepted-version.ts';
import { getArrivingMembers } from './rooms/get-arriving-members.ts';
import { getDelivery } from './rooms/get-delivery.ts';
import { getOrganisations } from './rooms/get-organisations.ts';
import { getRetention } from './rooms/get-retention.ts';
import { getVoice } from './rooms/get-voice.ts';
import { getHistoryGaps, postHistoryGap } from './rooms/history-gaps.ts';
import { getInvitations, postInvitation } from './rooms/invitations.ts';
import { deleteJoin, getJoins } from './rooms/joins.ts';
import { postRoomUpgrade } from './rooms/post-upgrade.ts';

export const memberOperations: readonly ClientRoute[] = [
  getAcceptedVersion,
  getHistoryGaps,
  postHistoryGap,
  getDelivery,
  getOrganisations,
  getArrivingMembers,
  getVoice,
  getRetention,
  getPerson,
  getInvitations,
  postInvitation,
  postRoomUpgrade,
  getJoins,
  deleteJoin,
];

/** The endpoints under `/_causeway/` for people with an access token. */
export const memberRoutes = (
  context: ClientContext & { readonly workspace: WorkspaceContext },
): readonly HttpRoute[] =>
  [...memberOperations, ...contactRequestOperations(context.workspace)].map((operation) => ({
    ...operation,
    handle: operation.handle(context),
  }));
