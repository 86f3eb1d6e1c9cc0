/** A request to a server's port for other servers, by somebody who signs nothing. */
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { text as textOf } from 'node:stream/consumers';

/** The text of the answer, whatever its status. `caPem`: whom to trust. */
export const requestOverTls = async (
  method: 'POST' | 'PUT',
  url: string,
  { body, caPem }: { readonly body: string; readonly caPem: string },
): Promise<string> => {
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
  const outgoing = request(url, { method, ca: caPem, headers });
  outgoing.end(body);
  const [response]: IncomingMessage[] = await once(outgoing, 'response');
  return response === undefined ? '' : textOf(response);
};
