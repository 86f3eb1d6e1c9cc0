import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkSecurity } from './check-security.ts';

const TEST = 'packages/a/src/a.test.ts';

let root: string;
let page: string;

const put = (path: string, text: string) => {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
};

const faultsOf = (change: (page: string) => string): readonly string[] => {
  put('docs/security.md', change(page));
  return checkSecurity(root).faults;
};

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'check-security-'));
  const threats = Array.from({ length: 38 }, (_, index) => `T${index + 1}`);
  const further = Array.from({ length: 60 }, (_, index) => `W${index + 1}`);
  const rows = [...threats, ...further].map((name) => `| ${name} | a threat | \`${TEST}\` “holds” |`);
  page = ['| | threat | shown by |', '|---|---|---|', ...rows, ''].join('\n');
  put(TEST, `it('holds', () => {}); it.skip('left out', () => {}); it(\`takes \${one}\`, () => {});`);
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

describe('the check of threats and their tests', () => {
  it('passes where every test is there', () => {
    expect(faultsOf((text) => text)).toEqual([]);
    expect(faultsOf((text) => text.replace('“holds”', '“takes …”, “holds”'))).toEqual([]);
    expect(faultsOf((text) => text.replace(`\`${TEST}\` “holds”`, 'not shown yet'))).toEqual([]);
  });

  it.each([
    ['a test that is not there', '“holds”', '“held”', '“held”, which is not in'],
    ['a test that is left out', '“holds”', '“left out”', '“left out”, which is not in'],
    ['a file that is not there', TEST, 'packages/b.test.ts', 'packages/b.test.ts, which there is not'],
    ['a row without a test', `\`${TEST}\` “holds”`, 'surely', 'points to no test'],
    ['a threat that is left out', '| T7 |', '| T77 |', 'leaves out T7'],
  ])('fails for %s', (_what, from, to, fault) => {
    expect(faultsOf((text) => text.replace(from, to)).join('\n')).toContain(fault);
  });

  it('fails when it sees too few rows', () => {
    expect(faultsOf((text) => text.split('\n').slice(0, 60).join('\n')).join('\n')).toContain('fewer than');
  });

  it('passes for the page that there is', () => {
    expect(checkSecurity(join(import.meta.dirname, '..')).faults).toEqual([]);
  });
});
