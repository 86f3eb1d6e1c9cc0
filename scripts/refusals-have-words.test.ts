import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseSync } from 'oxc-parser';
import { expect, it } from 'vitest';

const packages = resolve(import.meta.dirname, '../packages');

/** What makes a refusal out of a sentence, and at which argument the sentence stands. */
const MAKERS: { readonly [name: string]: number } = {
  forbidden: 0,
  invalidParam: 0,
  MatrixError: 1,
  notFound: 0,
};

/** Read by programs: other servers, and whoever writes a client. A page that people use sends nothing of this kind. */
const FOR_PROGRAMS = [
  'homeserver/src/devices/',
  'homeserver/src/federation/receive-',
  'homeserver/src/ephemeral/send-receipt.ts',
  'homeserver/src/federation/serving/',
  'homeserver/src/federation/stage-outliers.ts',
  'homeserver/src/federation/stripped-state.ts',
  'homeserver/src/invitations/bound-invites.ts',
  'homeserver/src/invitations/exchange-third-party-invite.ts',
  'homeserver/src/invitations/third-party-proof.ts',
  'homeserver/src/reading/get-state.ts',
  'homeserver/src/reading/page-token.ts',
  'homeserver/src/spaces/serve-hierarchy.ts',
  'homeserver/src/sync/',
  'homeserver/src/users/filters.ts',
  'http/src/asked-keys.ts',
  'http/src/client/',
  'http/src/federation/',
  'http/src/http-app.ts',
  'http/src/read-json.ts',
];
/** Quoted: what another server wrote. */
const OF_OTHER_SERVERS = ['homeserver/src/federation/signed-request.ts'];
/** Commands of the console, which are English. */
const FOR_THE_CONSOLE = ['homeserver/src/federation/repair-room.ts'];

/** The page has one sentence for the code, or what is wrong is the request itself. */
const BY_ERRCODE = new Set([
  'M_BAD_JSON',
  'M_LIMIT_EXCEEDED',
  'M_MISSING_PARAM',
  'M_MISSING_TOKEN',
  'M_UNAUTHORIZED',
  'M_UNKNOWN_TOKEN',
  'M_UNRECOGNIZED',
]);

const sourcesOf = (name: string): readonly string[] =>
  readdirSync(join(packages, name, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts') && !path.includes('test-support'))
    .map((path) => `${name}/src/${path}`);

type Found = { readonly maker: string; readonly arguments: readonly { readonly [name: string]: unknown }[] };

const refusalsIn = (path: string, source: string): readonly Found[] => {
  const found: Found[] = [];
  const look = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    if (Array.isArray(node)) {
      node.forEach(look);
      return;
    }
    const made = 'type' in node && (node.type === 'CallExpression' || node.type === 'NewExpression');
    if (made && 'callee' in node && 'arguments' in node && Array.isArray(node.arguments)) {
      const maker = nameOf(node.callee);
      if (maker !== undefined && maker in MAKERS) found.push({ maker, arguments: node.arguments });
    }
    Object.values(node).forEach(look);
  };
  look(parseSync(path, source).program);
  return found;
};

const nameOf = (node: unknown): string | undefined =>
  typeof node === 'object' && node !== null && 'name' in node && typeof node.name === 'string'
    ? node.name
    : undefined;

/** Sentences written where they are refused. Those that begin with the name of a field are for who writes a client. */
const wordlessIn = (path: string, source: string): readonly string[] =>
  refusalsIn(path, source).flatMap(({ maker, arguments: given }) => {
    const told = given[MAKERS[maker] ?? 0];
    const errcode = maker === 'MatrixError' ? given[0]?.value : undefined;
    if (told === undefined || (typeof errcode === 'string' && BY_ERRCODE.has(errcode))) return [];
    if (told.type !== 'Literal' && told.type !== 'TemplateLiteral') return [];
    const sentence = source.slice(Number(told.start) + 1, Number(told.end) - 1);
    return sentence.startsWith('"') ? [] : [`${path}: ${sentence}`];
  });

it('gives every refusal that a person may read a code, for which the web app has words', () => {
  const sources = ['homeserver', 'workspace', 'http'].flatMap(sourcesOf);
  const skipped = [...FOR_PROGRAMS, ...OF_OTHER_SERVERS, ...FOR_THE_CONSOLE];
  const looked = sources.filter((path) => !skipped.some((one) => path.startsWith(one)));
  const read = (path: string) => readFileSync(join(packages, path), 'utf8');
  expect(looked.flatMap((path) => wordlessIn(path, read(path)))).toEqual([]);
  expect(looked.flatMap((path) => refusalsIn(path, read(path))).length).toBeGreaterThan(100);
  expect(skipped.filter((one) => !sources.some((path) => path.startsWith(one)))).toEqual([]);
});

it('notices a refusal without words', () => {
  const refused = (code: string) => wordlessIn('a.ts', code);
  expect(refused("throw forbidden('You may not.');")).toEqual(['a.ts: You may not.']);
  expect(refused('throw notFound(`There is no account.`);')).toEqual(['a.ts: There is no account.']);
  expect(refused("const no = () => new MatrixError('M_CONFLICT', 'Too late.', {});")).toEqual([
    'a.ts: Too late.',
  ]);
  expect(refused("throw forbidden(faultOf('banned'));")).toEqual([]);
  expect(refused("throw new MatrixError('M_BAD_JSON', 'Each has a type.');")).toEqual([]);
  expect(refused('throw invalidParam(\'"limit" is too large.\');')).toEqual([]);
});
