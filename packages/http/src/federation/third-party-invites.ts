/** Invitations by a third-party identifier. @see https://spec.matrix.org/v1.19/server-server-api/#third-party-invites */
import { exchangeThirdPartyInvite, keepBoundInvites, MatrixError, TokenBuckets } from '@causeway/homeserver';
import { type FederationRoute, objectOf, openRoute, signedRoute } from './federation-route.ts';
import { networkOf } from './network-of.ts';

/** @see https://spec.matrix.org/v1.19/server-server-api/#put_matrixfederationv1exchange_third_party_inviteroomid */
export const putExchangeThirdPartyInvite = signedRoute(
  'PUT',
  ['/_matrix/federation/v1/exchange_third_party_invite/:roomId'],
  async ({ engine, request, origin, content }) => {
    const roomId = request.param('roomId');
    await exchangeThirdPartyInvite(engine, { origin, roomId, body: objectOf(content) });
    return {};
  },
);

/** Anybody may say to be an identity server, and each invitation may lead to a request of ours to a server that they name. */
const ON_BIND = { burst: 20, perSecond: 0.2 };
const MAX_NETWORKS = 10_000;
const MAX_BYTES = 256 * 1024;

const onBind =
  (method: 'PUT' | 'POST'): FederationRoute =>
  (engine) => {
    const buckets = new TokenBuckets({ now: () => engine.clock.now(), max: MAX_NETWORKS });
    const route = openRoute(
      method,
      ['/_matrix/federation/v1/3pid/onbind'],
      async ({ request }) => {
        const retry_after_ms = buckets.take(networkOf(request.remoteAddress), ON_BIND);
        if (retry_after_ms > 0) {
          throw new MatrixError('M_LIMIT_EXCEEDED', 'Too many notifications. Wait a moment.', {
            retry_after_ms,
          });
        }
        await keepBoundInvites(engine, objectOf(request.json()));
        return {};
      },
      { maxBodyBytes: MAX_BYTES },
    );
    return route(engine);
  };

/** @see https://spec.matrix.org/v1.19/server-server-api/#put_matrixfederationv13pidonbind */
export const putOnBind = onBind('PUT');

/** Synapse takes it with POST only, so that is how identity servers send it to whomever. */
export const postOnBind = onBind('POST');
