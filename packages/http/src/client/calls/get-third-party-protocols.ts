import { route, v3 } from '../client-route.ts';

/** @see https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3thirdpartyprotocols */
export const getThirdPartyProtocols = route('GET', v3('/thirdparty/protocols'), async () => ({}));
