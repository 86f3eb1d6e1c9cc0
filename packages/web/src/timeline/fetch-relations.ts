import { ClientPrefix, type MatrixClient, Method } from 'matrix-js-sdk';
import { isObject, type JsonObject, text } from '../session/matrix-request.ts';

const PAGE_SIZE = '50';

export type RelationsPage = { readonly events: readonly JsonObject[]; readonly next: string | undefined };

type RelationsOf = {
  readonly roomId: string;
  readonly eventId: string;
  /** All kinds, and what relates to what relates to it, when it is left out. */
  readonly relType?: string;
  readonly from: string | undefined;
};

/** https://spec.matrix.org/latest/client-server-api/#get_matrixclientv1roomsroomidrelationseventid, the newest first. */
export async function fetchRelations(client: MatrixClient, of: RelationsOf): Promise<RelationsPage> {
  const type = of.relType ? `/${encodeURIComponent(of.relType)}` : '';
  const answer = await client.http.authedRequest<JsonObject>(
    Method.Get,
    `/rooms/${encodeURIComponent(of.roomId)}/relations/${encodeURIComponent(of.eventId)}${type}`,
    { limit: PAGE_SIZE, ...(of.relType ? {} : { recurse: 'true' }), ...(of.from ? { from: of.from } : {}) },
    undefined,
    { prefix: ClientPrefix.V1 },
  );
  const chunk = Array.isArray(answer.chunk) ? answer.chunk.filter(isObject) : [];
  return { events: chunk, next: text(answer.next_batch) };
}
