import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: { conditions: ['@causeway/source'] },
  ssr: { resolve: { conditions: ['@causeway/source'], externalConditions: ['@causeway/source'] } },
  test: {
    include: ['packages/*/src/**/*.test.ts', 'examples/**/*.test.ts', 'scripts/**/*.test.ts'],
    testTimeout: 20_000,
  },
});
