/** Counts what goes between us and other servers, by the hour: for the people who look after the server. */
import type { Engine } from '../engine.ts';
import { exchangeHours } from '../store/schema.ts';
import type { StoreReader, StoreTx } from '../store/store.ts';

const HOUR_MS = 3_600_000;
/** A week of hours per server is kept. */
const HOURS_KEPT = 7 * 24;

export type ExchangeKind = 'delivered' | 'failed' | 'received';

/** How many transactions were delivered, failed and received in one hour; `hour` counts hours since the epoch. */
export type ExchangeHour = { readonly hour: number } & { readonly [kind in ExchangeKind]: number };

const hourOf = (ts: number): number => Math.floor(ts / HOUR_MS);

export const noteExchange = async (
  tx: StoreTx,
  server_nid: number,
  ts: number,
  kind: ExchangeKind,
): Promise<void> => {
  const key = { server_nid, hour: hourOf(ts) };
  const row = (await tx.get(exchangeHours, key)) ?? {
    ...key,
    delivered: 0,
    failed: 0,
    received: 0,
    last_received_ts: null,
  };
  const last_received_ts = kind === 'received' ? ts : row.last_received_ts;
  await tx.put(exchangeHours, { ...row, [kind]: row[kind] + 1, last_received_ts });
};

/** Oldest first; hours in which nothing went are left out. */
export const hoursOf = async (
  reader: StoreReader,
  server_nid: number,
): Promise<{ readonly hours: readonly ExchangeHour[]; readonly lastReceivedTs: number | undefined }> => {
  const rows = await reader.scan(exchangeHours, { where: { server_nid }, reverse: true, limit: HOURS_KEPT });
  const newest = rows.find((row) => row.last_received_ts !== null);
  return {
    hours: rows
      .map(({ hour, delivered, failed, received }) => ({ hour, delivered, failed, received }))
      .toReversed(),
    lastReceivedTs: newest?.last_received_ts ?? undefined,
  };
};

export const forgetOldHours = (engine: Engine): Promise<void> =>
  engine.store.transact((tx) =>
    tx.deleteRange(exchangeHours, { index: 'by_hour', lt: hourOf(engine.clock.now()) - HOURS_KEPT }),
  );
