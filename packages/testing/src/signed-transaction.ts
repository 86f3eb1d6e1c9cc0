/** Requests of one server to another as a test writes them, with a right signature. */
import type { Engine } from '@causeway/homeserver';
import type { HttpApp } from '@causeway/http';
import { type JsonObject, lenientCanonicalJson, parseJson, signRequest } from '@causeway/protocol';

type Sender = { readonly engine: Engine };
type Receiver = Sender & { readonly app: HttpApp };

/** `body` is what is sent; where it is no JSON, only the rest of the request is signed. */
export const signedRequest = (
  from: Sender,
  to: Receiver,
  {
    method,
    url,
    body,
  }: { readonly method: string; readonly url: string; readonly body?: string | Uint8Array },
) => {
  const text = typeof body === 'string' ? body : undefined;
  const isJson = text !== undefined && parseJson(text).ok;
  const authorization = signRequest(
    {
      method,
      uri: url,
      origin: from.engine.serverName,
      destination: to.engine.serverName,
      ...(isJson ? { canonicalContent: text } : {}),
    },
    from.engine.signingKey,
  );
  return to.app.inject({
    method,
    url,
    headers: { authorization },
    ...(body === undefined ? {} : { body }),
  });
};

export const signedTransaction = (
  from: Sender,
  to: Receiver,
  { pdus = [], edus = [] }: { readonly pdus?: readonly JsonObject[]; readonly edus?: readonly JsonObject[] },
) => {
  const url = `/_matrix/federation/v1/send/${crypto.randomUUID()}`;
  const body = lenientCanonicalJson({
    origin: from.engine.serverName,
    origin_server_ts: Date.now(),
    pdus,
    edus,
  });
  return signedRequest(from, to, { method: 'PUT', url, body });
};
