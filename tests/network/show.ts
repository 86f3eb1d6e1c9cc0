/** What each honest server has of the room, side by side, for whoever looks into a failure. */
import { authEventIds, prevEventIds } from '@causeway/protocol';
import type { Host } from './host.ts';
import { isInRoom } from './host.ts';
import { type Stored, viewRoom } from './room-reading.ts';

export const showRoom = async (hosts: readonly Host[], roomId: string): Promise<void> => {
  const all = new Map<string, { readonly event: Stored; readonly on: string[] }>();
  for (const host of hosts) {
    const view = await viewRoom(host.engine, roomId);
    if (view === undefined) continue;
    const inside = await isInRoom(host, roomId);
    console.log(
      `${host.name}${host.misled ? ' misled' : ''}${inside ? '' : ' outside'}: ${view.extremities.map(brief)}`,
    );
    for (const event of view.byId.values()) {
      const entry = all.get(event.eventId) ?? { event, on: [] };
      const place = event.outlier ? 'outlier' : `${event.stream ?? 'h'}`;
      entry.on.push(`${host.name.slice(0, 2)}:${event.verdict[0]}${place}`);
      all.set(event.eventId, entry);
    }
  }
  const sorted = [...all.values()].sort(
    (a, b) => a.event.pdu.origin_server_ts - b.event.pdu.origin_server_ts,
  );
  for (const { event, on } of sorted) {
    const { pdu } = event;
    const content = JSON.stringify(pdu.content).slice(0, 110);
    const what = `${pdu.type.slice(2)} ${pdu.sender} ${pdu.state_key ?? ''}`;
    console.log(
      `${brief(event.eventId)} ${what} ${content} <- ${prevEventIds(pdu).map(brief)} auth ${authEventIds(pdu).map(brief)} | ${on.join(' ')}`,
    );
    if (event.reason !== null) console.log(`   ${event.reason}`);
  }
};

const brief = (eventId: string): string => eventId.slice(1, 6);
