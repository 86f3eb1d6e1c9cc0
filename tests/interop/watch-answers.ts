/**
 * Loaded before a Causeway process: what it answers to other servers is validated against the specification's OpenAPI.
 * What it answers to clients is validated where those ask. Node tells of every request, and nothing of ours is
 * replaced. What was seen is kept when the process ends, if it is not killed.
 */
import { subscribe } from 'node:diagnostics_channel';
import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  DEFINITIONS_VARIABLE,
  keepTally,
  noteResponse,
} from '../../packages/testing/src/openapi/watched-app.ts';

type Started = { readonly request: IncomingMessage; readonly response: ServerResponse };

const isStarted = (message: unknown): message is Started =>
  typeof message === 'object' && message !== null && 'request' in message && 'response' in message;

const encodingOf = (given: unknown): BufferEncoding =>
  typeof given === 'string' && Buffer.isEncoding(given) ? given : 'utf8';

/** The same function; what it is called with is looked at before. */
const lookedAt = <F extends (...args: never[]) => unknown>(
  called: F,
  look: (args: readonly unknown[]) => void,
): F =>
  new Proxy(called, {
    apply: (target, self, args) => {
      look(args);
      return Reflect.apply(target, self, args);
    },
  });

/** What is written to it: complete when it is finished. */
type Written = { contentType: string | undefined; readonly body: Uint8Array[] };

const writtenTo = (response: ServerResponse): Written => {
  const written: Written = { contentType: undefined, body: [] };
  const keep = ([chunk, encoding]: readonly unknown[]): void => {
    if (chunk instanceof Uint8Array) written.body.push(chunk);
    else if (typeof chunk === 'string') written.body.push(Buffer.from(chunk, encodingOf(encoding)));
  };
  const { write, end, writeHead } = response;
  response.write = lookedAt(write, keep);
  response.end = lookedAt(end, keep);
  response.writeHead = lookedAt(writeHead, (args) => {
    const given = args.map((headers) => contentTypeIn(headers)).find((type) => type !== undefined);
    written.contentType = given ?? contentTypeIn(response.getHeaders());
  });
  return written;
};

const contentTypeIn = (headers: unknown): string | undefined => {
  if (typeof headers !== 'object' || headers === null) return undefined;
  const found = Object.entries(headers).find(([name]) => name.toLowerCase() === 'content-type')?.[1];
  return typeof found === 'string' ? found : undefined;
};

const note = async ({ request, response }: Started, written: Written): Promise<void> => {
  await noteResponse({
    method: request.method ?? '',
    url: request.url ?? '',
    status: response.statusCode,
    contentType: written.contentType,
    body: Buffer.concat(written.body),
  });
};

if (process.env[DEFINITIONS_VARIABLE] !== undefined) {
  subscribe('http.server.request.start', (message) => {
    if (!isStarted(message)) return;
    if (!/^\/_matrix\/(?:federation|key)\//.test(message.request.url ?? '')) return;
    const written = writtenTo(message.response);
    message.response.once('finish', () => {
      note(message, written).catch((error: unknown) => {
        process.stderr.write(`an answer was not validated: ${String(error)}\n`);
      });
    });
  });
  process.once('exit', keepTally);
}
