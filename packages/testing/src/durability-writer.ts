/** The process that the durability test kills: it writes as fast as it can and says what was committed. */

import { openSqliteStore } from '@causeway/storage';
import { contractTables } from './contract-tables.ts';

const { numbered } = contractTables;
const store = await openSqliteStore({ path: process.argv[2] ?? '', tables: [numbered] });
const body = new Uint8Array(1024).fill(7);

const writeForever = async (first: number, step: number): Promise<never> => {
  for (let id = first; ; id += step) {
    const number = await store.transact(async (tx) => {
      await tx.insert(numbered, { id, name: `name ${id}`, score: id, body });
      return tx.next('numbers');
    });
    process.stdout.write(`${id} ${number}\n`);
  }
};

const WRITERS = 8;
await Promise.all(Array.from({ length: WRITERS }, (_, first) => writeForever(first, WRITERS)));
