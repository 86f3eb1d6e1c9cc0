import { storeContract } from '@causeway/testing/store-contract';
import { createMemoryStore } from './memory-store.ts';

storeContract('memory', async (tables) => createMemoryStore(tables));
