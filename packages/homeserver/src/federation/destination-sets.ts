/** Interned sets of servers that something goes to: events and EDUs name them by number. */
import { decodeNids, encodeNids } from '../rooms/event-cache.ts';
import { destinationSets } from '../store/schema.ts';
import type { StoreReader, StoreTx } from '../store/store.ts';

/** The number of this set of `server_nid`s, in rising order. */
export const internSet = async (tx: StoreTx, serverNids: readonly number[]): Promise<number> => {
  const members = encodeNids(serverNids);
  const known = await tx.first(destinationSets, { index: 'by_members', where: { members } });
  if (known !== undefined) return known.destination_set;
  const destination_set = await tx.next('destination_set');
  await tx.insert(destinationSets, { destination_set, members });
  return destination_set;
};

/** Asks for each set once, in one snapshot. */
export class SetMembers {
  readonly #reader: StoreReader;
  readonly #known = new Map<number, readonly number[]>();

  constructor(reader: StoreReader) {
    this.#reader = reader;
  }

  async of(destination_set: number): Promise<readonly number[]> {
    const known = this.#known.get(destination_set);
    if (known !== undefined) return known;
    const row = await this.#reader.get(destinationSets, { destination_set });
    const members = row === undefined ? [] : decodeNids(row.members);
    this.#known.set(destination_set, members);
    return members;
  }
}
