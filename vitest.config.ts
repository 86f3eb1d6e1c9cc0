import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: { conditions: ['@causeway/source'] },
  ssr: { resolve: { conditions: ['@causeway/source'], externalConditions: ['@causeway/source'] } },
  test: {
    include: ['packages/*/src/**/*.test.ts', 'examples/**/*.test.ts', 'scripts/**/*.test.ts'],
    // Some start the product as a process, again and again; on a busy machine that takes its time.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Responses are validated against the specification's OpenAPI. The first has the last word: it may fail the run, and
    // what is left among temporary files is gone by then.
    globalSetup: ['tests/openapi/whole-run.ts', 'tests/temporary-files.ts'],
    setupFiles: ['tests/openapi/every-file.ts'],
    // On a busy machine's account; each is told, and more than a few fail the run.
    retry: process.env.CI ? 1 : 0,
    // The JSON is kept for docs/capabilities.md.
    reporters: ['default', 'json', './tests/wavering.ts'],
    outputFile: { json: '.cache/results/tests.json' },
  },
});
