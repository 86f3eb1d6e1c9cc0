/** For a run as a whole: reads the specification's OpenAPI before it, and says afterwards what was validated. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { TestProject } from 'vitest/node';
import { readDefinitions } from '../../packages/testing/src/openapi/definitions.ts';
import { summarize } from '../../packages/testing/src/openapi/summary.ts';
import { DEFINITIONS_VARIABLE, type Tally } from '../../packages/testing/src/openapi/watched-app.ts';

// Suites silence the console.
const say = (line: string) => process.stdout.write(`${line}\n`);

type Project = Pick<TestProject, 'config' | 'globTestFiles'>;

/** Without a project, the run is none of all tests of a package. */
export default (project?: Project): (() => Promise<void>) => {
  const definitions = readDefinitions();
  if (definitions === undefined) {
    say('OpenAPI: skipped, ../shared/matrix-spec is not here');
    return async () => {};
  }
  const folder = mkdtempSync(join(tmpdir(), 'causeway-openapi-'));
  const file = join(folder, 'definitions.json');
  writeFileSync(file, JSON.stringify(definitions));
  process.env[DEFINITIONS_VARIABLE] = file;
  return async () => {
    const tallies = readdirSync(folder)
      .filter((name) => name.startsWith('tally-'))
      .map((name): Tally => JSON.parse(readFileSync(join(folder, name), 'utf8')));
    rmSync(folder, { recursive: true });
    const { line, fault } = summarize(tallies, {
      operations: definitions.operations,
      mustValidate: process.env['CI'] !== undefined,
      isWhole: project !== undefined && (await isWhole(project, tallies.length)),
    });
    say(line);
    if (fault !== undefined) throw new Error(fault);
  };
};

const REPOSITORY = resolve(import.meta.dirname, '../..');

/**
 * Every file of tests leaves a tally; a run of some of the files, or of some tests in them, shows less, and so do the
 * suites that have a folder of their own.
 */
const isWhole = async (project: Project, tallies: number): Promise<boolean> =>
  resolve(project.config.root) === REPOSITORY &&
  project.config.testNamePattern === undefined &&
  tallies >= (await project.globTestFiles()).testFiles.length;
