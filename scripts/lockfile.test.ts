import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

type Entry = {
  readonly link?: boolean;
  readonly version?: string;
  readonly integrity?: string;
  readonly resolved?: string;
  readonly hasInstallScript?: boolean;
};

const root = join(import.meta.dirname, '..');
const read = <T>(path: string): T => JSON.parse(readFileSync(join(root, path), 'utf8')) as T;
const { packages } = read<{ readonly packages: { readonly [path: string]: Entry } }>('package-lock.json');

/** What comes from a registry; the rest is in this repository. */
const foreign = Object.entries(packages).filter(
  ([path, { link }]) => path.includes('node_modules/') && !link,
);

describe('the lockfile', () => {
  it('has the hash of every package that comes from elsewhere', () => {
    expect(foreign.length).toBeGreaterThan(100);
    const loose = foreign.filter(([, { integrity }]) => !/^sha512-[\w+/]{86}==$/.test(integrity ?? ''));
    expect(loose.map(([path]) => path)).toEqual([]);
  });

  it('has no package that runs a script when it is installed, and none from a repository or a web page', () => {
    expect(foreign.filter(([, { hasInstallScript }]) => hasInstallScript)).toEqual([]);
    const odd = foreign.filter(([, { resolved }]) => resolved !== undefined && !resolved.endsWith('.tgz'));
    expect(odd).toEqual([]);
  });

  it('has exactly the version that is named for every direct dependency', () => {
    const manifests = ['package.json', ...globSync('{packages,examples}/*/package.json', { cwd: root })];
    expect(manifests.length).toBeGreaterThan(5);
    for (const manifest of manifests) {
      const { dependencies = {}, devDependencies = {} } = read<{
        readonly dependencies?: { readonly [name: string]: string };
        readonly devDependencies?: { readonly [name: string]: string };
      }>(manifest);
      for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies })) {
        if (name.startsWith('@causeway/')) continue;
        const own = packages[`${manifest.replace(/package\.json$/, '')}node_modules/${name}`];
        expect([manifest, name, (own ?? packages[`node_modules/${name}`])?.version]).toEqual([
          manifest,
          name,
          version,
        ]);
      }
    }
  });
});
