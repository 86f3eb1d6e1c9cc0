/** For every file of tests: a response that the specification's OpenAPI does not allow fails the test that got it. */
import {
  DEFINITIONS_VARIABLE,
  keepTally,
  takeFaults,
} from '../../packages/testing/src/openapi/watched-app.ts';
import { afterAll, afterEach } from 'vitest';

const fail = (): void => {
  const faults = takeFaults();
  if (faults.length > 0) throw new Error(`not as the specification's OpenAPI has it:\n${faults.join('\n')}`);
};

if (process.env[DEFINITIONS_VARIABLE] !== undefined) {
  afterEach(fail);
  afterAll(() => {
    keepTally();
    fail();
  });
}
