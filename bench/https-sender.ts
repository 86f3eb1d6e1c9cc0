/** The sending side of `inbound-https.ts`: a process of its own with one kept connection. */
import { Agent, request } from 'node:https';

export type PreparedRequest = {
  readonly path: string;
  readonly authorization: string;
  readonly body: Uint8Array;
};
export type ToSender =
  | { readonly kind: 'prepare'; readonly requests: readonly PreparedRequest[] }
  | { readonly kind: 'send' };
export type FromSender = { readonly kind: 'ready' | 'sent' };

const [port, servername, ca] = process.argv.slice(2);
const agent = new Agent({ keepAlive: true, maxSockets: 1, ...(ca === undefined ? {} : { ca }) });
let prepared: readonly PreparedRequest[] = [];

const put = ({ path, authorization, body }: PreparedRequest): Promise<void> =>
  new Promise((resolve, reject) => {
    const outgoing = request(
      {
        agent,
        host: '127.0.0.1',
        port,
        path,
        method: 'PUT',
        ...(servername === undefined ? {} : { servername }),
        headers: { host: servername, authorization, 'content-type': 'application/json' },
      },
      (answer) => {
        answer.resume();
        answer.once('end', () =>
          answer.statusCode === 200 ? resolve() : reject(new Error(`status ${answer.statusCode}`)),
        );
      },
    );
    outgoing.once('error', reject);
    outgoing.end(body);
  });

const tell = (message: FromSender) => process.send?.(message);

process.on('message', (message: ToSender) => {
  if (message.kind === 'prepare') {
    prepared = message.requests;
    tell({ kind: 'ready' });
    return;
  }
  (async () => {
    for (const one of prepared) await put(one);
    tell({ kind: 'sent' });
  })().catch((error: unknown) => {
    console.error(error);
    process.exit(1);
  });
});
process.once('disconnect', () => process.exit(0));
