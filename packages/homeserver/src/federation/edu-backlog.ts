/** How many EDUs that must arrive wait for servers. */
import { eduCursors, eduOutbox } from '../store/device-tables.ts';
import type { StoreReader } from '../store/store.ts';
import { SetMembers } from './destination-sets.ts';

export type WaitingEdus = {
  readonly edus: number;
  /** When the oldest of them was queued, in milliseconds. */
  readonly oldestTs: number;
};

/** With more than these waiting the exact number matters to nobody. */
const MAX_ROWS = 20_000;
const PAGE = 200;

/** By server, in one walk over the log; servers that nothing waits for are not in it. */
export const waitingEdus = async (
  reader: StoreReader,
  serverNids: ReadonlySet<number>,
): Promise<{ readonly waiting: ReadonlyMap<number, WaitingEdus>; readonly atLeast: boolean }> => {
  const cursors = new Map<number, number>();
  for (const { server_nid, cursor } of await reader.scan(eduCursors, {})) {
    if (serverNids.has(server_nid)) cursors.set(server_nid, cursor);
  }
  const members = new SetMembers(reader);
  const waiting = new Map<number, WaitingEdus>();
  let seen = 0;
  for (let after = Math.min(...cursors.values()); Number.isFinite(after) && seen < MAX_ROWS; ) {
    const page = await reader.scan(eduOutbox, { gt: after, limit: PAGE });
    for (const { position, destination_set, queued_ts } of page) {
      for (const nid of await members.of(destination_set)) {
        if (position <= (cursors.get(nid) ?? position)) continue;
        const { edus, oldestTs } = waiting.get(nid) ?? { edus: 0, oldestTs: queued_ts };
        waiting.set(nid, { edus: edus + 1, oldestTs });
      }
      after = position;
    }
    seen += page.length;
    if (page.length < PAGE) break;
  }
  return { waiting, atLeast: seen >= MAX_ROWS };
};
