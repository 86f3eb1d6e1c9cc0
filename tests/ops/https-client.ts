/** Requests over TLS to a place of one's choice, as somebody at an address of one's choice. */
import { createHash } from 'node:crypto';
import https from 'node:https';
import type { Readable } from 'node:stream';

export type HttpsTarget = {
  /** What the certificate has to be for, and the Host header. */
  readonly name: string;
  readonly port: number;
  readonly ca: string;
};

export type HttpsRequest = {
  readonly method?: string;
  readonly path: string;
  readonly headers?: { readonly [name: string]: string };
  readonly body?: string | Readable;
  /** Of the one who asks, on loopback. */
  readonly from?: string;
};

export type HttpsAnswer = {
  readonly status: number;
  readonly contentType: string;
  readonly bytes: number;
  readonly sha256: string;
  /** The beginning of the body. */
  readonly text: string;
};

const KEPT_BYTES = 64 * 1024;

export const ask = ({ name, port, ca }: HttpsTarget, request: HttpsRequest): Promise<HttpsAnswer> =>
  new Promise((resolve, reject) => {
    const { method = 'GET', path, headers = {}, body, from = '127.0.0.1' } = request;
    const outgoing = https.request(
      {
        host: '127.0.0.1',
        port,
        path,
        method,
        ca,
        servername: name,
        localAddress: from,
        agent: false,
        headers: { host: name, ...headers },
      },
      (answer) => {
        const hash = createHash('sha256');
        let bytes = 0;
        let text = '';
        answer.on('data', (piece: Buffer) => {
          hash.update(piece);
          bytes += piece.length;
          if (text.length < KEPT_BYTES) text += piece.toString('utf8');
        });
        answer.on('error', reject);
        answer.on('end', () =>
          resolve({
            status: answer.statusCode ?? 0,
            contentType: answer.headers['content-type'] ?? '',
            bytes,
            sha256: hash.digest('hex'),
            text,
          }),
        );
      },
    );
    outgoing.on('error', reject);
    if (typeof body === 'object') body.pipe(outgoing);
    else outgoing.end(body);
  });

/** The JSON of a 200; anything else is a fault. */
export const askJson = async (
  target: HttpsTarget,
  request: HttpsRequest,
): Promise<{ readonly [name: string]: unknown }> => {
  const answer = await ask(target, request);
  if (answer.status === 200) return JSON.parse(answer.text);
  throw new Error(
    `${request.method ?? 'GET'} ${request.path} was answered with ${answer.status} ${answer.text}`,
  );
};
