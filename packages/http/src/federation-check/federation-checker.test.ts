import { expect, it } from 'vitest';
import type { CheckStep } from './check-step.ts';
import { CHECK_STEPS, verdictOf } from './check-step.ts';
import { createFederationChecker, type FederationChecker } from './federation-checker.ts';

const collect = async (steps: AsyncIterable<CheckStep>): Promise<readonly CheckStep[]> => {
  const all: CheckStep[] = [];
  for await (const step of steps) all.push(step);
  return all;
};

const trial = (now: () => number): FederationChecker =>
  createFederationChecker({ egress: undefined, clock: { now }, ownName: undefined, running: undefined });

it('tells all steps in their order, whatever stops it', async () => {
  const steps = await collect(trial(() => 0).check('example.org'));
  expect(steps.map(({ id }) => id)).toEqual(CHECK_STEPS);
  expect(steps[0]).toMatchObject({ status: 'failed', code: 'trial' });
  expect(new Set(steps.slice(1).map(({ status }) => status))).toEqual(new Set(['not-shown']));
  expect(verdictOf(steps)).toBe('failed');
});

it('needs a name where there is no workspace', () => {
  expect(() => trial(() => 0).check(undefined)).toThrow('Name the server');
});

it('refuses more than twenty checks a minute, and takes more a minute later', async () => {
  let now = 0;
  const checker = trial(() => now);
  for (let i = 0; i < 20; i += 1) await collect(checker.check('example.org'));
  expect(() => checker.check('example.org')).toThrow('Too many federation checks');
  now = 60_001;
  await collect(checker.check('example.org'));
});

it('refuses more than three checks at once', async () => {
  const checker = trial(() => 0);
  const running = [1, 2, 3].map(() => checker.check('example.org'));
  for (const steps of running) await steps.next();
  expect(() => checker.check('example.org')).toThrow('Too many federation checks');
  for (const steps of running) await collect(steps);
  await collect(checker.check('example.org'));
});
