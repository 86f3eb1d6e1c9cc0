/** The server-server API. */
import type { Engine } from '@causeway/homeserver';
import type { HttpRoute } from '../route.ts';
import { getMediaDownload, getMediaThumbnail } from './download-media.ts';
import { getEventByTimestamp } from './event-by-timestamp.ts';
import { getHierarchy } from './hierarchy.ts';
import type { InboundLimits } from './inbound-limits.ts';
import { getMakeJoin, getMakeKnock, getMakeLeave } from './make-membership.ts';
import { getOpenIdUser } from './openid-userinfo.ts';
import { getPublicRooms, postPublicRooms } from './public-rooms.ts';
import { putInvite, putInviteV1 } from './put-invite.ts';
import { getDirectory, getProfile } from './queries.ts';
import { getKeyQuery, postKeyQuery } from './query-keys.ts';
import {
  getBackfill,
  getEvent,
  getEventAuth,
  getState,
  getStateIds,
  postGetMissingEvents,
} from './read-graph.ts';
import { putSendJoin, putSendJoinV1, putSendKnock, putSendLeave, putSendLeaveV1 } from './send-membership.ts';
import { sendTransaction } from './send-transaction.ts';
import { getServerKeys } from './server-keys.ts';
import { postOnBind, putExchangeThirdPartyInvite, putOnBind } from './third-party-invites.ts';
import { getUserDevices, postUserKeysClaim, postUserKeysQuery } from './user-keys.ts';
import { getVersion } from './version.ts';

const operations = [
  getVersion,
  getServerKeys,
  getKeyQuery,
  postKeyQuery,
  sendTransaction,
  getMakeJoin,
  putSendJoin,
  getMakeLeave,
  getMakeKnock,
  putSendKnock,
  putSendLeave,
  putSendJoinV1,
  putSendLeaveV1,
  putInvite,
  putInviteV1,
  putExchangeThirdPartyInvite,
  putOnBind,
  postOnBind,
  getEvent,
  getState,
  getStateIds,
  getEventAuth,
  getBackfill,
  postGetMissingEvents,
  getHierarchy,
  getEventByTimestamp,
  getProfile,
  getDirectory,
  getUserDevices,
  postUserKeysQuery,
  postUserKeysClaim,
  getPublicRooms,
  postPublicRooms,
  getMediaDownload,
  getMediaThumbnail,
  getOpenIdUser,
];

/** Without `limits`, every server may ask as much as it likes. */
export const federationRoutes = (
  engine: Engine,
  { limits }: { readonly limits?: InboundLimits } = {},
): readonly HttpRoute[] => {
  const routes = operations.map((operation) => operation(engine));
  if (limits === undefined) return routes;
  return routes.map((route) => ({ ...route, admit: (arrival) => limits.admit(arrival) }));
};
