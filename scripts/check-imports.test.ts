import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkImports } from './check-imports.ts';

const packages = ['protocol', 'homeserver', 'workspace', 'storage', 'http', 'web', 'server', 'testing'];

/** A repository with one innocent module per package, and the planted files. */
const repositoryWith = (planted: { readonly [path: string]: string }) => {
  const root = mkdtempSync(join(tmpdir(), 'causeway-imports-'));
  const innocent = Object.fromEntries(
    packages.map((name) => [`${name}/src/index.ts`, 'export const x = 1;\n']),
  );
  for (const [path, text] of Object.entries({ ...innocent, ...planted })) {
    const file = join(root, 'packages', path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  return root;
};

describe('the import check', () => {
  it('finds nothing wrong in this repository, and saw it', () => {
    const { modules, faults } = checkImports(resolve(import.meta.dirname, '..'));
    expect(faults).toEqual([]);
    expect(modules).toBeGreaterThan(50);
  });

  it('fails when it sees no modules', () => {
    const { modules, faults } = checkImports(mkdtempSync(join(tmpdir(), 'causeway-imports-')));
    expect(modules).toBe(0);
    expect(faults).toHaveLength(packages.length);
  });

  it.each([
    [
      'protocol/src/bad.ts',
      "import { x } from '@causeway/homeserver';",
      'may not import @causeway/homeserver',
    ],
    ['homeserver/src/bad.ts', "export * from '@causeway/storage';", 'may not import @causeway/storage'],
    ['workspace/src/bad.ts', "import type { X } from '@causeway/http';", 'may not import @causeway/http'],
    ['http/src/bad.ts', "export { x } from '@causeway/server';", 'may not import @causeway/server'],
    [
      'web/src/bad.tsx',
      "const x = await import('@causeway/workspace');",
      'may not import @causeway/workspace',
    ],
    ['homeserver/src/bad.ts', "import { DatabaseSync } from 'node:sqlite';", 'may not know node:sqlite'],
    ['protocol/src/bad.ts', "import { readFile } from 'node:fs/promises';", 'may not know node:fs/promises'],
    [
      'http/src/bad.ts',
      "import { x } from '../../server/src/index.ts';",
      'leaves its package: ../../server/src/index.ts',
    ],
    ['http/src/bad.ts', 'import {', 'could not be parsed'],
    ['http/src/bad.ts', 'export {};\n'.repeat(601), 'has 601 lines: more than 600 are two subjects'],
  ])('finds what is planted in %s: %s', (path, text, fault) => {
    const { faults } = checkImports(repositoryWith({ [path]: text.slice(0, 20_000) }));
    expect(faults).toEqual([`packages/${path}: ${fault}`]);
  });

  it('does not take text for imports, and lets tests import all', () => {
    const { faults } = checkImports(
      repositoryWith({
        'protocol/src/fine.ts':
          "// import '@causeway/server'\nexport const text = \"import x from '@causeway/server'\";",
        'protocol/src/fine.test.ts': "import { x } from '@causeway/server';",
      }),
    );
    expect(faults).toEqual([]);
  });
});
