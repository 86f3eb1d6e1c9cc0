/** What other servers read of a room's graph. */
import {
  serveBackfill,
  serveEvent,
  serveEventAuth,
  serveMissingEvents,
  serveState,
  serveStateIds,
} from '@causeway/homeserver';
import { isJsonArray, type JsonValue, type Pdu } from '@causeway/protocol';
import {
  type FederationCall,
  inPieces,
  numberOf,
  objectOf,
  required,
  signedRoute,
} from './federation-route.ts';

/** @see https://spec.matrix.org/v1.19/server-server-api/#get_matrixfederationv1eventeventid */
export const getEvent = signedRoute('GET', ['/_matrix/federation/v1/event/:eventId'], async (call) =>
  asTransaction(call, [
    await serveEvent(call.engine, { origin: call.origin, eventId: call.request.param('eventId') }),
  ]),
);

/** @see https://spec.matrix.org/v1.19/server-server-api/#get_matrixfederationv1stateroomid */
export const getState = signedRoute('GET', ['/_matrix/federation/v1/state/:roomId'], async (call) =>
  inPieces(await serveState(call.engine, aboutEvent(call))),
);

/** @see https://spec.matrix.org/v1.19/server-server-api/#get_matrixfederationv1state_idsroomid */
export const getStateIds = signedRoute('GET', ['/_matrix/federation/v1/state_ids/:roomId'], async (call) =>
  inPieces(await serveStateIds(call.engine, aboutEvent(call))),
);

/** @see https://spec.matrix.org/v1.19/server-server-api/#get_matrixfederationv1event_authroomideventid */
export const getEventAuth = signedRoute(
  'GET',
  ['/_matrix/federation/v1/event_auth/:roomId/:eventId'],
  ({ engine, request, origin }) =>
    serveEventAuth(engine, { origin, roomId: request.param('roomId'), eventId: request.param('eventId') }),
);

/** @see https://spec.matrix.org/v1.19/server-server-api/#get_matrixfederationv1backfillroomid */
export const getBackfill = signedRoute('GET', ['/_matrix/federation/v1/backfill/:roomId'], async (call) => {
  const { engine, request, origin } = call;
  const from = request.query.getAll('v');
  const limit = numberOf(request, 'limit', 10);
  return asTransaction(
    call,
    await serveBackfill(engine, { origin, roomId: request.param('roomId'), from, limit }),
  );
});

/** @see https://spec.matrix.org/v1.19/server-server-api/#post_matrixfederationv1get_missing_eventsroomid */
export const postGetMissingEvents = signedRoute(
  'POST',
  ['/_matrix/federation/v1/get_missing_events/:roomId'],
  async ({ engine, request, origin, content }) => {
    const body = objectOf(content);
    const limit = body['limit'];
    return {
      events: await serveMissingEvents(engine, {
        origin,
        roomId: request.param('roomId'),
        latest: stringsOf(body['latest_events']),
        earliest: stringsOf(body['earliest_events']),
        limit: typeof limit === 'number' ? limit : 10,
      }),
    };
  },
);

const aboutEvent = ({ request, origin }: FederationCall) => ({
  origin,
  roomId: request.param('roomId'),
  eventId: required(request, 'event_id'),
});

const asTransaction = ({ engine }: FederationCall, pdus: readonly Pdu[]) => ({
  origin: engine.serverName,
  origin_server_ts: engine.clock.now(),
  pdus,
});

const stringsOf = (value: JsonValue | undefined): readonly string[] =>
  isJsonArray(value) ? value.filter((id) => typeof id === 'string') : [];
