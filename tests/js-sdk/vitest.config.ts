/** A real client library against a real port. Not part of `npm test`: it listens on loopback. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  root: import.meta.dirname,
  resolve: { conditions: ['@causeway/source'] },
  ssr: { resolve: { conditions: ['@causeway/source'], externalConditions: ['@causeway/source'] } },
  test: {
    include: ['*.test.ts'],
    testTimeout: 60_000,
    // Responses are validated against the specification's OpenAPI.
    globalSetup: ['../openapi/whole-run.ts'],
    setupFiles: ['../openapi/every-file.ts'],
  },
});
