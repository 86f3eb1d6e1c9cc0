/** What a server was not given because it refuses it, for the people who look after this one. */
import type { Engine } from '../engine.ts';
import { edusSetAside } from '../store/device-tables.ts';
import { pdusSetAside } from '../store/schema.ts';
import type { StoreReader } from '../store/store.ts';

/** What a server was not given because it refuses it, while it takes others. */
export type SetAside = {
  readonly events: number;
  /** Messages and changes of devices. */
  readonly edus: number;
  /** There may be more. */
  readonly atLeast: boolean;
  readonly newestTs: number;
  /** What the server answered last. */
  readonly reason: string;
};

/** More are not counted. */
const MAX_COUNTED = 1_000;
/** What was set aside for good is told of for so long. */
const EDUS_KEPT_MS = 30 * 24 * 3600 * 1000;

export const setAsideFor = async (reader: StoreReader, server_nid: number): Promise<SetAside | undefined> => {
  const range = { where: { server_nid }, limit: MAX_COUNTED };
  const events = await reader.scan(pdusSetAside, range);
  const edus = await reader.scan(edusSetAside, range);
  const newest = [...events, ...edus].toSorted((a, b) => b.set_aside_ts - a.set_aside_ts)[0];
  if (newest === undefined) return undefined;
  return {
    events: events.length,
    edus: edus.length,
    atLeast: Math.max(events.length, edus.length) === MAX_COUNTED,
    newestTs: newest.set_aside_ts,
    reason: newest.reason,
  };
};

/** Of EDUs only the number and the reason are left, and those for a month. */
export const forgetEdusSetAside = async ({ store, clock }: Engine): Promise<void> => {
  const old = { index: 'by_age', where: { confirmed: 1 }, lt: clock.now() - EDUS_KEPT_MS } as const;
  if ((await store.read((reader) => reader.first(edusSetAside, old))) === undefined) return;
  await store.transact((tx) => tx.deleteRange(edusSetAside, old));
};
