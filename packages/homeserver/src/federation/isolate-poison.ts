/**
 * Finds the event that a server refuses a whole transaction for. The transaction loses its EDUs first, then it is halved
 * until one event is alone; that one is set aside, and what comes after it goes on in order. When the server then takes
 * another event, it is asked once more about the one, whose fault it is if it is refused again. When it takes none of
 * several, the fault is the server's, and all are sent again later.
 */
import { type JsonObject, lenientCanonicalJson, type ServerName } from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import { destinations, pdusSetAside } from '../store/schema.ts';
import type { StoreReader, StoreTx } from '../store/store.ts';
import type { DestinationRow } from './destination.ts';
import { isolateEdusLater } from './isolate-edu.ts';
import { type RemoteAnswer, requestRemote } from './signed-request.ts';

export type Refusal = Exclude<RemoteAnswer, { readonly kind: 'ok' }>;

/** Answers that say who may send and how much, not what is wrong with the content. */
const NOT_ABOUT_CONTENT: ReadonlySet<number> = new Set([401, 403, 408, 429]);
export const INTERNAL_ERROR = 500;
/** A server that fails may be at fault for once; so often on the same transaction it is the content. */
export const REPEATED = 3;
/** When so many events, or EDUs, in a row are refused alone, it is the server. */
export const MAX_SUSPECTS = 5;
const SEND_TIMEOUT_MS = 60_000;

export type Isolated = {
  /** Whether something else is worth sending at once. */
  readonly goesOn: boolean;
  readonly row: DestinationRow;
};

/** What follows from a transaction that was refused. `nextEvent` finds the first event that waits for the destination. */
export const isolatePoison = async (
  engine: Engine,
  row: DestinationRow,
  server: ServerName,
  answer: Refusal,
  nextEvent: () => Promise<number | undefined>,
): Promise<Isolated> => {
  const isClear = answer.status !== INTERNAL_ERROR;
  const { pdus, edus } = contentOf(row);
  if (pdus === 0 || !isAboutContent(answer)) return { goesOn: false, row };
  const refused = { ...row, refusals: (row.refusals ?? 0) + 1 };
  const isAlone = pdus === 1 && edus === 0;
  const hasBegun = row.isolating_limit !== null && !isAlone;
  if (!isClear && !hasBegun && refused.refusals < REPEATED) return { goesOn: false, row: refused };
  if (row.isolating_limit === null && (await sendApart(engine, server, {})).kind !== 'ok') {
    return { goesOn: false, row: refused };
  }
  if (isAlone) return setAside(engine, refused, server, reasonOf(answer), await nextEvent());
  const smaller: DestinationRow = {
    ...thawed(row),
    first_failure_ts: row.first_failure_ts ?? engine.clock.now(),
    last_error: reasonOf(answer),
    isolating_limit: edus > 0 ? pdus : Math.floor(pdus / 2),
    isolating_until: Math.max(row.isolating_until ?? 0, row.txn_cursor ?? 0),
  };
  await engine.store.transact(async (tx) => {
    await tx.put(destinations, smaller);
    await isolateEdusLater(tx, row.server_nid);
  });
  return { goesOn: true, row: smaller };
};

export const isAboutContent = ({ status = 0 }: Refusal): boolean =>
  status === INTERNAL_ERROR || (status >= 400 && status < 500 && !NOT_ABOUT_CONTENT.has(status));

export const reasonOf = (answer: Refusal): string =>
  answer.kind === 'failed' ? answer.reason : `${answer.errcode}: ${answer.error}`;

/** After a success: whether the event that is refused is still looked for. */
export const isolationAfter = (row: DestinationRow, cursor: number) => {
  const isOver = row.isolating_until === null || cursor >= row.isolating_until;
  return isOver ? {} : { isolating_limit: row.isolating_limit, isolating_until: row.isolating_until };
};

/** The server took other events: whatever it still refuses is the event's fault. */
export const judgeSuspects = async (
  engine: Engine,
  server_nid: number,
  server: ServerName,
): Promise<void> => {
  for (const row of await engine.store.read((reader) => suspectsOf(reader, server_nid))) {
    const { pdu } = await engine.store.read((reader) => engine.events.byNid(reader, row.event_nid));
    const answer = await sendApart(engine, server, { pdus: [pdu] });
    if (answer.kind !== 'ok' && !isAboutContent(answer)) return;
    await engine.store.transact(async (tx) => {
      if (answer.kind !== 'ok') await tx.put(pdusSetAside, { ...row, confirmed: 1 });
      else await tx.delete(pdusSetAside, { server_nid, event_nid: row.event_nid });
    });
    if (answer.kind === 'ok') continue;
    engine.log.warn('event set aside: a server refuses it', {
      server,
      event_nid: row.event_nid,
      reason: row.reason,
    });
  }
};

export const suspectsOf = (reader: StoreReader, server_nid: number) =>
  reader.scan(pdusSetAside, { index: 'by_state', where: { server_nid, confirmed: 0 } });

/** The destination from before its suspects, which are none any more; undefined where there are none. */
export const takeBackSuspects = async (
  tx: StoreTx,
  row: DestinationRow,
): Promise<DestinationRow | undefined> => {
  const suspects = await suspectsOf(tx, row.server_nid);
  const [first] = suspects;
  if (first === undefined) return undefined;
  for (const { server_nid, event_nid } of suspects) await tx.delete(pdusSetAside, { server_nid, event_nid });
  const back = { ...thawed(row), cursor: first.position - 1, isolating_limit: null, isolating_until: null };
  await tx.put(destinations, back);
  return back;
};

const setAside = async (
  engine: Engine,
  row: DestinationRow,
  server: ServerName,
  reason: string,
  event_nid: number | undefined,
): Promise<Isolated> => {
  const { server_nid } = row;
  const set_aside_ts = engine.clock.now();
  const outcome = await engine.store.transact(async (tx): Promise<Isolated> => {
    const suspects = await suspectsOf(tx, server_nid);
    if (suspects.length + 1 >= MAX_SUSPECTS) {
      return { goesOn: false, row: (await takeBackSuspects(tx, row)) ?? row };
    }
    const position = row.txn_cursor ?? row.cursor;
    if (event_nid !== undefined) {
      const suspect = { server_nid, event_nid, position, set_aside_ts, reason, confirmed: 0 };
      await tx.put(pdusSetAside, suspect);
    }
    const past: DestinationRow = {
      ...thawed(row),
      cursor: position,
      failures: row.failures + 1,
      first_failure_ts: row.first_failure_ts ?? set_aside_ts,
      last_error: reason,
      isolating_limit: null,
      isolating_until: null,
    };
    await tx.put(destinations, past);
    return { goesOn: true, row: past };
  });
  if (!outcome.goesOn) engine.log.warn('a server refuses all events', { server, reason });
  return outcome;
};

export const thawed = (row: DestinationRow): DestinationRow => ({
  ...row,
  txn_id: null,
  txn_body: null,
  txn_cursor: null,
  refusals: null,
});

export const contentOf = (row: DestinationRow): { readonly pdus: number; readonly edus: number } => {
  const { pdus, edus = [] } = JSON.parse(row.txn_body ?? '{"pdus":[]}') as {
    readonly pdus: readonly JsonObject[];
    readonly edus?: readonly JsonObject[];
  };
  return { pdus: pdus.length, edus: edus.length };
};

type Apart = {
  readonly pdus?: readonly JsonObject[];
  /** Canonical JSON. */
  readonly edus?: readonly string[];
};

/** A transaction beside the log. Without content: a server that refuses even that is not in order itself. */
export const sendApart = (engine: Engine, destination: ServerName, { pdus = [], edus = [] }: Apart) => {
  const now = engine.clock.now();
  return requestRemote(engine, {
    destination,
    method: 'PUT',
    path: `/_matrix/federation/v1/send/${now}-${crypto.randomUUID()}`,
    bodyText: transactionBody({ origin: engine.serverName, origin_server_ts: now, pdus }, edus),
    timeoutMs: SEND_TIMEOUT_MS,
  });
};

/** Canonical JSON. EDUs of the log are put in as they stand there: they were made canonical when they came in. */
export const transactionBody = (
  content: {
    readonly origin: ServerName;
    readonly origin_server_ts: number;
    readonly pdus: readonly JsonObject[];
  },
  edus: readonly string[],
): string => {
  const rest = lenientCanonicalJson(content);
  return edus.length === 0 ? rest : `{"edus":[${edus.join(',')}],${rest.slice(1)}`;
};
