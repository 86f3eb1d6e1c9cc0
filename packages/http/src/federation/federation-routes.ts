/** The server-server API. */
import type { Engine } from '@causeway/homeserver';
import type { HttpRoute } from '../route.ts';
import { getMediaDownload, getMediaThumbnail } from './download-media.ts';
import { getEventByTimestamp } from './event-by-timestamp.ts';
import { getHierarchy } from './hierarchy.ts';
import { getMakeJoin, getMakeKnock, getMakeLeave } from './make-membership.ts';
import { getPublicRooms, postPublicRooms } from './public-rooms.ts';
import { putInvite } from './put-invite.ts';
import { getDirectory, getProfile } from './queries.ts';
import {
  getBackfill,
  getEvent,
  getEventAuth,
  getState,
  getStateIds,
  postGetMissingEvents,
} from './read-graph.ts';
import { putSendJoin, putSendKnock, putSendLeave } from './send-membership.ts';
import { sendTransaction } from './send-transaction.ts';
import { getServerKeys } from './server-keys.ts';
import { getVersion } from './version.ts';

const operations = [
  getVersion,
  getServerKeys,
  sendTransaction,
  getMakeJoin,
  putSendJoin,
  getMakeLeave,
  getMakeKnock,
  putSendKnock,
  putSendLeave,
  putInvite,
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
  getPublicRooms,
  postPublicRooms,
  getMediaDownload,
  getMediaThumbnail,
];

export const federationRoutes = (engine: Engine): readonly HttpRoute[] =>
  operations.map((operation) => operation(engine));
