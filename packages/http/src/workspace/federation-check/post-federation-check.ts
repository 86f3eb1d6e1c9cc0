import { Readable } from 'node:stream';
import type { CheckStep } from '../../federation-check/check-step.ts';
import type { FederationChecker } from '../../federation-check/federation-checker.ts';
import { Answer, type HttpRoute } from '../../route.ts';
import { type AdminContext, adminRoute } from '../admin/admin-route.ts';

/**
 * `POST /_causeway/admin/federation-check?server=NAME`, for admins: the steps of the check, one JSON object per
 * line, each as soon as it is known. Without a name one's own set-up is checked.
 */
export const federationCheckRoutes = (
  context: AdminContext,
  checker: FederationChecker,
): readonly HttpRoute[] => {
  const operation = adminRoute('POST', '/federation-check', async ({ request }) => {
    const server = request.query.get('server')?.trim();
    const steps = checker.check(server === '' ? undefined : server, request.signal);
    return new Answer(200, Readable.from(linesOf(steps)), {
      'content-type': 'application/x-ndjson',
      'cache-control': 'no-store',
      // A proxy that collects the answer would hold the steps back.
      'x-accel-buffering': 'no',
    });
  });
  return [{ ...operation, handle: operation.handle(context) }];
};

async function* linesOf(steps: AsyncIterable<CheckStep>): AsyncGenerator<string> {
  for await (const step of steps) yield `${JSON.stringify(step)}\n`;
}
