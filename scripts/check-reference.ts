/**
 * Reads the public API of `@causeway/homeserver` as its documentation does: an export without a comment is a fault, and so
 * is a link to nothing. The tool for it has a TypeScript of its own (`tests/reference`).
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export type ReferenceCheck = {
  /** Exports, and the files that they come from, as the tool saw them. */
  readonly exports: number;
  readonly files: number;
  readonly faults: readonly string[];
};

type Reflection = {
  readonly name: string;
  readonly sources?: readonly { readonly fileName: string }[];
};

const tool = (root: string) => join(root, 'tests/reference/node_modules/typedoc/bin/typedoc');

/** Whether `npm install` has brought the tool. */
export const isInstalled = (root: string): boolean => existsSync(tool(root));

/** `entry` is the module whose exports are read; that of the package when not given. */
export const checkReference = (root: string, entry?: string): ReferenceCheck => {
  const folder = mkdtempSync(join(tmpdir(), 'causeway-reference-'));
  try {
    const file = join(folder, 'reference.json');
    const options = ['--options', 'tests/reference/typedoc.json', '--json', file, '--pretty', 'false'];
    const { stdout, stderr, status } = spawnSync(
      process.execPath,
      [tool(root), ...options, ...(entry === undefined ? [] : ['--entryPoints', entry])],
      { cwd: root, encoding: 'utf8', env: { ...process.env, NO_COLOR: '1' } },
    );
    const output = `${stdout}${stderr}`;
    // Warnings and errors; the rest says where the result is.
    const faults = output.split('\n').filter((line) => /^\[(?:warning|error)\]/.test(line));
    if (status !== 0 && faults.length === 0) faults.push(output.trim());
    const { children = [] } = JSON.parse(readFileSync(file, 'utf8')) as { children?: readonly Reflection[] };
    const files = new Set(children.flatMap(({ sources }) => sources?.map(({ fileName }) => fileName) ?? []));
    return { exports: children.length, files: files.size, faults };
  } finally {
    rmSync(folder, { recursive: true });
  }
};
