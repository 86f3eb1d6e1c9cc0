/** Whether servers have anything left to do for each other. */
import { destinations, stagedPdus } from '@causeway/homeserver';
import type { Host } from './host.ts';

/** What a liar sent and nobody can complete may wait for two days. */
export const isDelivered = async (hosts: readonly Host[]): Promise<boolean> => {
  const names = new Set<string>(hosts.map((host) => host.name));
  for (const { engine } of hosts) {
    const isDone = await engine.store.read(async (reader) => {
      const staged = await reader.scan(stagedPdus, {});
      if (staged.some((row) => names.has(row.origin))) return false;
      for (const row of await reader.scan(destinations, {})) {
        const name = await engine.names.serverName(reader, row.server_nid);
        if (names.has(name) && (row.txn_id !== null || row.failures > 0)) return false;
      }
      return true;
    });
    if (!isDone) return false;
  }
  return true;
};
