/** The code of the guide is the examples' code, which is run. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '..');
const guide = readFileSync(join(root, 'docs/guide/embedding.md'), 'utf8');
const blocks = [...guide.matchAll(/^```(.*)\n([\s\S]*?)^```$/gm)].map(([, head = '', code = '']) => ({
  head,
  code,
}));

it('the guide shows code of every example', () => {
  expect(new Set(blocks.map(({ head }) => head))).toEqual(
    new Set(['embed', 'fastify', 'express'].map((name) => `js examples/${name}/host.js`)),
  );
});

it.each(blocks)('what the guide shows of $head is in it as it stands', ({ head, code }) => {
  expect(readFileSync(join(root, head.replace(/^js /, '')), 'utf8')).toContain(code);
});
