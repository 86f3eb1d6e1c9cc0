import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';
import { checkReference, isInstalled } from './check-reference.ts';

const root = resolve(import.meta.dirname, '..');

it.skipIf(!isInstalled(root))(
  'an export without a comment, and a link to nothing, are told of',
  { timeout: 60_000 },
  () => {
    // Within what the tool's configuration of the compiler covers.
    const folder = mkdtempSync(join(root, 'packages/homeserver/src/reference-'));
    try {
      const entry = join(folder, 'index.ts');
      writeFileSync(
        entry,
        `/** Here, as {@link elsewhere} is not. */
export const documented = 1;
export const silent = 2;
export type Silent = { readonly a: number };
`,
      );
      const { exports, faults } = checkReference(root, entry);
      expect(exports).toBe(3);
      expect(faults.join('\n')).toContain('silent');
      expect(faults.join('\n')).toContain('Silent');
      expect(faults.join('\n')).toContain('elsewhere');
      expect(faults.join('\n')).not.toContain('documented (');
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
);
