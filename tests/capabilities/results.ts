/** What suites leave behind for docs/capabilities.md. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { BehaviourId } from './catalogue.ts';

/** The columns of the table: who begins, and who sees it. */
export const DIRECTIONS = ['causeway-causeway', 'causeway-synapse', 'synapse-causeway'] as const;
export type Direction = (typeof DIRECTIONS)[number];

export type ScenarioResult = {
  readonly name: string;
  readonly direction: Direction;
  readonly shows: readonly BehaviourId[];
  readonly passed: boolean;
};

export type Suite = 'browser' | 'interop';

const FOLDER = fileURLToPath(new URL('../../.cache/results/', import.meta.url));

/** Only a whole run is worth keeping: a chosen few would show the rest as untried. */
export const keepResults = (suite: Suite, results: readonly ScenarioResult[]): void => {
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(`${FOLDER}${suite}.json`, `${JSON.stringify(results, null, 2)}\n`);
};

/** Throws when the suite has not run wholly here. */
export const readResults = (suite: Suite): readonly ScenarioResult[] => {
  try {
    return JSON.parse(readFileSync(`${FOLDER}${suite}.json`, 'utf8'));
  } catch (cause) {
    throw new Error(`There are no results of a whole run. Run \`npm run test:${suite}\` first.`, { cause });
  }
};

/** Test files and whether each passed, as vitest's JSON reporter wrote them in a whole \`npm test\`. */
export const readTestFiles = (): ReadonlyMap<string, boolean> => {
  const root = fileURLToPath(new URL('../../', import.meta.url));
  let report: { testResults: { name: string; status: string }[] };
  try {
    report = JSON.parse(readFileSync(`${FOLDER}tests.json`, 'utf8'));
  } catch (cause) {
    throw new Error('There are no results of `npm test`. Run it first.', { cause });
  }
  return new Map(
    report.testResults.map(({ name, status }) => [name.slice(root.length), status === 'passed'] as const),
  );
};
