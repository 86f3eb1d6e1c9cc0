/**
 * Checks that all words of the web app stand in its catalogue, `packages/web/src/i18n/en.json`: every key that is
 * used exists, every key that exists is used, and no element contains words of its own.
 * Fails as well when it saw no keys: a check that looks at nothing is worse than none.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parseSync } from 'oxc-parser';

export type TextCheck = { readonly keys: number; readonly faults: readonly string[] };

/** i18next appends these to the key it is given. https://www.i18next.com/translation-function/plurals */
const PLURAL = /_(zero|one|two|few|many|other)$/;
/** Attributes that people read or hear. */
const READ_ATTRIBUTES: ReadonlySet<string> = new Set([
  'alt',
  'aria-description',
  'aria-label',
  'aria-placeholder',
  'aria-roledescription',
  'aria-valuetext',
  'description',
  'hint',
  'label',
  'placeholder',
  'title',
]);
/** Two letters in a row: signs and arrows are no words. */
const WORDS = /\p{L}{2,}/u;
/** Our name, and names that stand for any: the same in all languages. */
const NAME = /^(Causeway|[@#]?[a-z.:]*example\.org)$/;

export const checkTexts = (root: string): TextCheck => {
  const source = join(root, 'packages/web/src');
  const catalogue: unknown = JSON.parse(readFileSync(join(source, 'i18n/en.json'), 'utf8'));
  const keys = new Set(keysOf(catalogue).map((key) => key.replace(PLURAL, '')));
  const used: Used = { exact: new Set(), prefixes: new Set() };
  const faults: string[] = [];
  for (const file of sourceFiles(source)) {
    const { program, errors } = parseSync(file, readFileSync(file, 'utf8'));
    if (errors.length > 0) faults.push(`${relative(root, file)}: could not be parsed`);
    const whole: unknown = program;
    if (!isNode(whole)) continue;
    walk(whole, (node) => {
      const missing = collectKeys(node, keys, used);
      if (missing !== undefined) faults.push(`${relative(root, file)}: there is no text ${missing}`);
      const words = literalWords(node);
      if (words !== undefined)
        faults.push(`${relative(root, file)}: “${words}” is not in the catalogue of texts`);
    });
  }
  for (const key of keys) {
    if (!used.exact.has(key) && ![...used.prefixes].some((prefix) => key.startsWith(prefix)))
      faults.push(`packages/web/src/i18n/en.json: ${key} is not used`);
  }
  // It would be shown as its key.
  for (const key of keysOf(catalogue, '', isEmpty))
    faults.push(`packages/web/src/i18n/en.json: ${key} is empty`);
  if (keys.size === 0) faults.push('the catalogue of texts is empty');
  return { keys: keys.size, faults };
};

type Used = { readonly exact: Set<string>; readonly prefixes: Set<string> };
type Node = { readonly type: string; readonly [field: string]: unknown };

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';

const walk = (node: Node, visit: (node: Node) => void): void => {
  visit(node);
  for (const child of Object.values(node).flat()) if (isNode(child)) walk(child, visit);
};

const isEmpty = (text: unknown): boolean => typeof text === 'string' && text.trim() === '';

const keysOf = (value: unknown, path = '', wanted: (text: unknown) => boolean = () => true): string[] => {
  if (typeof value !== 'object' || value === null) return wanted(value) ? [path] : [];
  return Object.entries(value).flatMap(([name, inner]) =>
    keysOf(inner, path === '' ? name : `${path}.${name}`, wanted),
  );
};

/** Notes what a node names; returns a key that `t` is asked for and that does not exist. */
const collectKeys = (node: Node, keys: ReadonlySet<string>, used: Used): string | undefined => {
  const text = stringOf(node);
  // A key may be chosen long before `t` is called with it, so that any string that is one counts.
  if (text !== undefined) {
    if (keys.has(text.replace(PLURAL, ''))) used.exact.add(text.replace(PLURAL, ''));
    return undefined;
  }
  if (node.type === 'TemplateLiteral') {
    const [first] = Array.isArray(node.quasis) ? node.quasis : [];
    const start = isNode(first) && isRaw(first.value) ? first.value.raw : '';
    if (/^[a-zA-Z]+\./.test(start)) used.prefixes.add(start);
    return undefined;
  }
  if (node.type !== 'CallExpression' || !isNode(node.callee) || node.callee.name !== 't') return undefined;
  const [key] = Array.isArray(node.arguments) ? node.arguments : [];
  const asked = isNode(key) ? stringOf(key) : undefined;
  return asked === undefined || keys.has(asked) ? undefined : asked;
};

const isRaw = (value: unknown): value is { raw: string } =>
  typeof value === 'object' && value !== null && 'raw' in value && typeof value.raw === 'string';

const stringOf = (node: Node): string | undefined =>
  node.type === 'Literal' && typeof node.value === 'string' ? node.value : undefined;

/** Words between tags, or in an attribute that people read. */
const literalWords = (node: Node): string | undefined => {
  if (node.type === 'JSXText') return wordsIn(node.value);
  if (node.type === 'JSXElement' || node.type === 'JSXFragment') return wordsOfChildren(node.children);
  if (node.type !== 'JSXAttribute' || !isNode(node.name) || !READ_ATTRIBUTES.has(String(node.name.name)))
    return undefined;
  if (!isNode(node.value)) return undefined;
  const value = node.value.type === 'JSXExpressionContainer' ? node.value.expression : node.value;
  return isNode(value) ? wordsIn(stringOf(value)) : undefined;
};

/** `{'words'}` between tags. */
const wordsOfChildren = (children: unknown): string | undefined => {
  for (const child of Array.isArray(children) ? children : []) {
    if (!isNode(child) || child.type !== 'JSXExpressionContainer' || !isNode(child.expression)) continue;
    const words = wordsIn(stringOf(child.expression));
    if (words !== undefined) return words;
  }
  return undefined;
};

const wordsIn = (text: unknown): string | undefined =>
  typeof text === 'string' && WORDS.test(text) && !NAME.test(text.trim()) ? text.trim() : undefined;

const sourceFiles = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name) && !/\.test\.tsx?$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
