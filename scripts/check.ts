/** `npm run check`: everything that can be said about the sources without running them. */
import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { checkImports } from './check-imports.ts';
import { checkReference, isInstalled } from './check-reference.ts';
import { checkSecurity } from './check-security.ts';
import { checkTexts } from './check-texts.ts';

const root = resolve(import.meta.dirname, '..');

type Verdict = { readonly passed: boolean; readonly output: string };

/** A tool that passes must also show that it looked at something: `saw` finds the number of files. */
const tool = (command: string, args: readonly string[], saw: RegExp, atLeast: number) => (): Verdict => {
  const { output, status } = run(command, args);
  const files = Number(saw.exec(output)?.[1] ?? 0);
  if (status !== 0) return { passed: false, output };
  if (files >= atLeast) return { passed: true, output: `${files} files` };
  return {
    passed: false,
    output: `${output}\nsaw ${files} files, fewer than ${atLeast}: it does not see the sources`,
  };
};

const run = (command: string, args: readonly string[]) => {
  const { stdout, stderr, status } = spawnSync(resolve(root, 'node_modules/.bin', command), args, {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  return { output: `${stdout}${stderr}`.trim(), status };
};

const imports = (): Verdict => {
  const { modules, faults } = checkImports(root);
  return { passed: modules > 0 && faults.length === 0, output: faults.join('\n') || `${modules} modules` };
};

const texts = (): Verdict => {
  const { keys, faults } = checkTexts(root);
  return { passed: keys > 0 && faults.length === 0, output: faults.join('\n') || `${keys} texts` };
};

const security = (): Verdict => {
  const { rows, pointers, notShown, faults } = checkSecurity(root);
  const seen = `${rows} threats, ${pointers} tests, ${notShown} not shown yet`;
  return { passed: rows > 0 && pointers > 0 && faults.length === 0, output: faults.join('\n') || seen };
};

/** Its tool is blind to a compiler that it does not know: then it sees no exports, and finds no fault in them. */
const reference = (): Verdict => {
  if (!isInstalled(root)) {
    return { passed: process.env['CI'] === undefined, output: 'LEFT OUT: npm install brings its tool' };
  }
  const { exports, files, faults } = checkReference(root);
  const seen = `${exports} exports of @causeway/homeserver, ${files} files`;
  const passed = faults.length === 0 && exports >= 400 && files >= 50;
  return { passed, output: passed ? seen : [...faults, `saw ${seen}`].join('\n') };
};

/** Told of no entry, the tool must call the sources unused; only then does its silence mean something. */
const unusedCode = (): Verdict => {
  const blind = run('knip', ['--config', 'knip.blind.json', '--no-exit-code', '--reporter', 'json']);
  const seen = new Set(blind.output.match(/"packages\/[^"]+\.tsx?"/g)).size;
  if (seen < 50)
    return {
      passed: false,
      output: `saw ${seen} files: it does not see the sources\n${blind.output.slice(0, 2_000)}`,
    };
  const { output, status } = run('knip', ['--no-config-hints']);
  return { passed: status === 0, output: status === 0 ? `${seen} files` : output };
};

const checkedFiles = /Checked (\d+) files/;
const compiledFiles = /^Files:\s+(\d+)/m;

const checks: readonly (readonly [string, () => Verdict])[] = [
  ['format', tool('biome', ['format', '.'], checkedFiles, 100)],
  ['lint', tool('biome', ['lint', '--error-on-warnings', '.'], checkedFiles, 100)],
  ['types', tool('tsc', ['--noEmit', '--diagnostics'], compiledFiles, 100)],
  [
    'types of the web app',
    tool('tsc', ['--noEmit', '--diagnostics', '-p', 'packages/web/tsconfig.json'], compiledFiles, 50),
  ],
  // It runs parts of the web app, so its types are a browser's as well.
  [
    'types of the interop suite',
    tool('tsc', ['--noEmit', '--diagnostics', '-p', 'tests/interop/tsconfig.json'], compiledFiles, 50),
  ],
  ['import directions and file length', imports],
  ['texts of the web app', texts],
  ['threats and their tests', security],
  ['documentation of the public API', reference],
  ['unused code', unusedCode],
];

let failed = 0;
for (const [name, check] of checks) {
  const start = performance.now();
  const { passed, output } = check();
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`${passed ? 'ok  ' : 'FAIL'} ${name} (${seconds} s${passed ? `, ${output}` : ''})`);
  if (!passed) {
    failed += 1;
    console.log(`${output}\n`);
  }
}
console.log(`${checks.length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
