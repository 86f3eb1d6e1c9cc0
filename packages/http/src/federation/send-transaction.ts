import { receiveTransaction } from '@causeway/homeserver';
import { signedRoute } from './federation-route.ts';

/** 50 PDUs of 64 KiB and 100 EDUs of the same size, with room for what surrounds them. */
const MAX_TRANSACTION_BYTES = 13 * 1024 * 1024;

/** @see https://spec.matrix.org/v1.19/server-server-api/#put_matrixfederationv1sendtxnid */
export const sendTransaction = signedRoute(
  'PUT',
  ['/_matrix/federation/v1/send/:txnId'],
  ({ engine, request, origin, content }) =>
    receiveTransaction(engine, { origin, txnId: request.param('txnId'), content }),
  { maxBodyBytes: MAX_TRANSACTION_BYTES },
);
