/**
 * "The homeserver should identify a request as a retransmission if the transaction ID is the same as a previous request,
 * and the path of the HTTP request is the same."
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#transaction-identifiers
 */
import { isJsonArray, parseJson, type RoomId } from '@causeway/protocol';

/** Identifies a client's request, so that repeating it makes no second event. */
export type ClientTransaction = { readonly deviceId: string; readonly txnId: string };

/** What a request asked for, beside its transaction ID; `endpoint` is the type that is sent, or the event that is redacted. */
type Path = { readonly roomId: RoomId; readonly endpoint: string };

/** How it is stored; rows from before have the transaction ID alone. */
export const transactionKey = (txnId: string, { roomId, endpoint }: Path): string =>
  JSON.stringify([txnId, roomId, endpoint]);

/** The transaction ID as the client gave it. */
export const transactionIdOf = (key: string): string => {
  const parsed = parseJson(key);
  const parts = parsed.ok && isJsonArray(parsed.value) ? parsed.value : [];
  const [txnId] = parts;
  return parts.length === 3 && typeof txnId === 'string' ? txnId : key;
};
