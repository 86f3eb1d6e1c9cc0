/** The audit log, as a page and as a file. */
import { Readable } from 'node:stream';
import {
  type AuditFilter,
  exportAudit,
  jsonOfEntry,
  listAudit,
  recordAudit,
  verifyAudit,
} from '@causeway/workspace';
import { queryInteger, queryString } from '../../client/fields.ts';
import { Answer, type HttpRequest } from '../../route.ts';
import { fresh } from '../workspace-api.ts';
import { adminRoute } from './admin-route.ts';

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 500;

/** `GET /_causeway/admin/audit?action=&actor=&target=&from=&to=&before=&limit=`: newest first. */
export const getAudit = adminRoute('GET', '/audit', async ({ request, workspace }) => {
  const page = await listAudit(workspace.store, {
    filter: filterOf(request),
    before: queryInteger(request, 'before', whole),
    limit: queryInteger(request, 'limit', { min: 1, max: MAX_LIMIT }) ?? DEFAULT_LIMIT,
  });
  return fresh({
    entries: page.entries.map(jsonOfEntry),
    ...(page.before === undefined ? {} : { before: page.before }),
  });
});

/** `GET /_causeway/admin/audit/verification`: follows the whole chain. */
export const getAuditVerification = adminRoute('GET', '/audit/verification', async ({ workspace }) => {
  const verdict = await verifyAudit(workspace.store);
  return fresh(
    verdict.kind === 'sound'
      ? { sound: true, entries: verdict.head.sequence, head: verdict.head.hash }
      : { sound: false, sequence: verdict.sequence, reason: verdict.reason },
  );
});

/** `GET /_causeway/admin/audit/export`: the same filter; JSON lines, oldest first, each with its place in the chain. */
export const getAuditExport = adminRoute('GET', '/audit/export', async ({ request, workspace, by }) => {
  const filter = filterOf(request);
  await recordAudit(workspace, { action: 'audit.export', by, after: { ...filter } });
  return new Answer(200, Readable.from(lines(exportAudit(workspace.store, filter))), {
    'content-type': 'application/x-ndjson; charset=utf-8',
    'content-disposition': 'attachment; filename="audit.jsonl"',
    'cache-control': 'no-store',
  });
});

async function* lines(entries: ReturnType<typeof exportAudit>): AsyncGenerator<string> {
  for await (const entry of entries) yield `${JSON.stringify(jsonOfEntry(entry))}\n`;
}

const whole = { min: 0, max: Number.MAX_SAFE_INTEGER };

const filterOf = (request: HttpRequest): AuditFilter => {
  const filter = {
    action: queryString(request, 'action'),
    actor: queryString(request, 'actor'),
    target: queryString(request, 'target'),
    from: queryInteger(request, 'from', whole),
    to: queryInteger(request, 'to', whole),
  };
  // A field that the page left empty is no wish.
  return Object.fromEntries(
    Object.entries(filter).filter(([, value]) => value !== undefined && value !== ''),
  );
};
