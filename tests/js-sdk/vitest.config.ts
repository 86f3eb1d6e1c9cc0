/** A real client library against a real port. Not part of `npm test`: it listens on loopback. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  root: import.meta.dirname,
  resolve: { conditions: ['@causeway/source'] },
  ssr: { resolve: { conditions: ['@causeway/source'], externalConditions: ['@causeway/source'] } },
  test: { include: ['*.test.ts'], testTimeout: 60_000 },
});
