/**
 * Checks that imports point one way, that nothing of the engine knows a driver, and that files stay readable.
 * Fails as well when it saw no modules: a check that looks at nothing is worse than none.
 *
 * Sources are read with a real parser, so strings and comments that look like imports do not count.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import { parseSync } from 'oxc-parser';

/** The house, from the bottom up: a package imports only what stands in its list. */
const allowedImports: { readonly [name: string]: readonly string[] } = {
  protocol: [],
  homeserver: ['protocol'],
  workspace: ['protocol', 'homeserver'],
  storage: ['protocol', 'homeserver', 'workspace'],
  http: ['protocol', 'homeserver', 'workspace', 'storage'],
  web: ['protocol'],
  server: ['protocol', 'homeserver', 'workspace', 'storage', 'http'],
  testing: ['protocol', 'homeserver', 'workspace', 'storage', 'http', 'server'],
};

const drivers = [
  'node:child_process',
  'node:dgram',
  'node:dns',
  'node:fs',
  'node:http',
  'node:http2',
  'node:https',
  'node:sqlite',
  'node:tls',
  'fastify',
  'pg',
  'undici',
];

/** What computes has no I/O; what decides sees ports, never drivers. */
const forbiddenModules: { readonly [name: string]: readonly string[] } = {
  protocol: [...drivers, 'node:timers'],
  homeserver: drivers,
  workspace: drivers,
};

const MAX_LINES = 600;

export type ImportCheck = { readonly modules: number; readonly faults: readonly string[] };

export const checkImports = (root: string): ImportCheck => {
  const faults: string[] = [];
  let modules = 0;
  for (const name of Object.keys(allowedImports)) {
    const files = sourceFiles(join(root, 'packages', name, 'src'));
    if (files.length === 0) faults.push(`packages/${name}: no modules were found`);
    for (const file of files) {
      modules += 1;
      faults.push(
        ...faultsOf({ root, packageName: name, file }).map((fault) => `${relative(root, file)}: ${fault}`),
      );
    }
  }
  return { modules, faults };
};

type Module = { readonly root: string; readonly packageName: string; readonly file: string };

const faultsOf = ({ root, packageName, file }: Module): string[] => {
  const text = readFileSync(file, 'utf8');
  const faults: string[] = [];
  const lines = text.split('\n').length - 1;
  if (lines > MAX_LINES) faults.push(`has ${lines} lines: more than ${MAX_LINES} are two subjects`);
  const specifiers = importsOf(file, text);
  if (specifiers === undefined) return [...faults, 'could not be parsed'];
  for (const specifier of specifiers) {
    const fault = faultOfImport({ root, packageName, file }, specifier);
    if (fault !== undefined) faults.push(fault);
  }
  return faults;
};

const faultOfImport = ({ root, packageName, file }: Module, specifier: string): string | undefined => {
  if (specifier.startsWith('.')) {
    const home = join(root, 'packages', packageName) + sep;
    const target = resolve(file, '..', specifier);
    return target.startsWith(home) ? undefined : `leaves its package: ${specifier}`;
  }
  if (isTest(file)) return undefined;
  if (forbiddenModules[packageName]?.some((name) => specifier === name || specifier.startsWith(`${name}/`))) {
    return `may not know ${specifier}`;
  }
  const target = /^@causeway\/([^/]+)/.exec(specifier)?.[1];
  if (target === undefined || target === packageName) return undefined;
  return allowedImports[packageName]?.includes(target) ? undefined : `may not import ${specifier}`;
};

/** What a module imports, re-exports and loads on demand; undefined when it is not TypeScript. */
const importsOf = (file: string, text: string): string[] | undefined => {
  const { module, errors } = parseSync(file, text);
  if (errors.some((error) => error.severity === 'Error')) return undefined;
  const fixed = module.staticImports.map((entry) => entry.moduleRequest.value);
  const passedOn = module.staticExports.flatMap((statement) =>
    statement.entries.flatMap((entry) => (entry.moduleRequest ? [entry.moduleRequest.value] : [])),
  );
  const onDemand = module.dynamicImports.flatMap((entry) => {
    const literal = /^(['"`])(.*)\1$/s.exec(text.slice(entry.moduleRequest.start, entry.moduleRequest.end));
    return literal?.[2] === undefined ? [] : [literal[2]];
  });
  return [...fixed, ...passedOn, ...onDemand];
};

const isTest = (file: string) => /\.test\.tsx?$|[\\/]test-support[\\/]/.test(file);

const sourceFiles = (folder: string): string[] => {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name));
  } catch {
    return [];
  }
};
