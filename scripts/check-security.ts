/**
 * Checks that docs/security.md says of every threat which test shows it, and that each of these tests is there: a
 * pointer is a file in backticks with the test's name in quotation marks behind it.
 * Fails as well when it saw few rows: a check that looks at nothing is worse than none.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseSync } from 'oxc-parser';

export type SecurityCheck = {
  readonly rows: number;
  readonly pointers: number;
  readonly notShown: number;
  readonly faults: readonly string[];
};

const PAGE = 'docs/security.md';
/** 38 threats of federation, and those of the workspace and of operation. */
const AT_LEAST = 90;
/** The numbered threats, none of which may be left out. */
const THREATS = Array.from({ length: 38 }, (_, index) => `T${index + 1}`);
/** What a row says that no test shows. */
const NOT_SHOWN = 'not shown yet';

const POINTER = /`([\w./-]+\.tsx?)`((?:[ ,]*“[^”]+”)+)/g;

export const checkSecurity = (root: string): SecurityCheck => {
  const faults: string[] = [];
  const names = new Map<string, ReadonlySet<string> | undefined>();
  const namesIn = (file: string) => {
    if (!names.has(file)) names.set(file, testNamesOf(join(root, file)));
    return names.get(file);
  };
  let pointers = 0;
  let notShown = 0;
  const rows = rowsOf(readFileSync(join(root, PAGE), 'utf8'));
  for (const { line, cells } of rows) {
    const at = `${PAGE}:${line}`;
    const shown = cells.at(-1) ?? '';
    const found = [...shown.matchAll(POINTER)];
    if (shown.includes(NOT_SHOWN)) notShown += 1;
    else if (found.length === 0) faults.push(`${at} points to no test and does not say “${NOT_SHOWN}”`);
    for (const [, file = '', quoted = ''] of found) {
      const known = namesIn(file);
      if (known === undefined) faults.push(`${at} points to ${file}, which there is not`);
      for (const [, name = ''] of quoted.matchAll(/“([^”]+)”/g)) {
        pointers += 1;
        if (known?.has(name) === false) faults.push(`${at} points to “${name}”, which is not in ${file}`);
      }
    }
  }
  const first = new Set(rows.map(({ cells }) => cells[0]));
  for (const threat of THREATS) if (!first.has(threat)) faults.push(`${PAGE} leaves out ${threat}`);
  if (rows.length < AT_LEAST) faults.push(`${PAGE} has ${rows.length} rows, fewer than ${AT_LEAST}`);
  return { rows: rows.length, pointers, notShown, faults };
};

type Row = { readonly line: number; readonly cells: readonly string[] };

/** The rows of all tables, without their heads. */
const rowsOf = (page: string): readonly Row[] => {
  const lines = page.split('\n');
  return lines.flatMap((text, index): readonly Row[] => {
    const isBody = text.startsWith('|') && !/^\|[\s|:-]+\|$/.test(text);
    const isHead = /^\|[\s|:-]+\|$/.test(lines[index + 1] ?? '');
    if (!isBody || isHead) return [];
    return [
      {
        line: index + 1,
        cells: text
          .slice(1, text.lastIndexOf('|'))
          .split('|')
          .map((cell) => cell.trim()),
      },
    ];
  });
};

type Node = { readonly type: string; readonly [field: string]: unknown };

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';

/** What the tests or scenarios of a file are called; undefined when there is no such file. */
const testNamesOf = (path: string): ReadonlySet<string> | undefined => {
  if (!existsSync(path)) return undefined;
  const names = new Set<string>();
  const { program } = parseSync(path, readFileSync(path, 'utf8'));
  const walk = (node: Node): void => {
    const [first] = node.type === 'CallExpression' && Array.isArray(node.arguments) ? node.arguments : [];
    const named =
      node.type === 'Property' && isNode(node.key) && node.key.name === 'name' ? node.value : first;
    const name = isNode(named) ? textOf(named) : undefined;
    if (name !== undefined && !isLeftOut(node)) names.add(name);
    for (const child of Object.values(node).flat()) if (isNode(child)) walk(child);
  };
  const whole: unknown = program;
  if (isNode(whole)) walk(whole);
  return names;
};

/** A string, or a template with … for what is put in. */
const textOf = (node: Node): string | undefined => {
  if (node.type === 'Literal') return typeof node.value === 'string' ? node.value : undefined;
  if (node.type !== 'TemplateLiteral' || !Array.isArray(node.quasis)) return undefined;
  return node.quasis.map((quasi: { readonly value: { readonly raw: string } }) => quasi.value.raw).join('…');
};

/** `it.skip` and `it.todo` show nothing. */
const isLeftOut = ({ callee }: Node): boolean =>
  isNode(callee) && isNode(callee.property) && ['skip', 'todo'].includes(String(callee.property.name));
