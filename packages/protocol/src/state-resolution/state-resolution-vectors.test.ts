import { describe, expect, it } from 'vitest';
import {
  compositions,
  expectedState,
  resolveProblem,
  resolveScenario,
  scenarios,
} from '../test-support/scenarios.ts';
import { resolveStateSets } from './resolve-state-sets.ts';

describe('state resolution of the recorded scenarios', () => {
  for (const name of scenarios.keys()) {
    for (const composition of compositions) {
      it(`gives the expected state for ${name}, ${composition}`, () => {
        expect(sorted(resolveScenario(resolveStateSets, name, composition))).toEqual(
          sorted(expectedState(name)),
        );
      });
    }
  }

  for (const problem of ['A', 'B'] as const) {
    it(`shows problem ${problem} of MSC4297 in version 2, and not in version 2.1`, () => {
      for (const [room, resolution] of [
        ['11', '0'],
        ['12', '1'],
      ] as const) {
        const expected = expectedState(`msc4297_problem_${problem.toLowerCase()}_state_res_v2_${resolution}`);
        expect(sorted(resolveProblem(resolveStateSets, problem, room))).toEqual(sorted(expected));
      }
    });
  }
});

function sorted(state: ReadonlyMap<string, string>): readonly (readonly [string, string])[] {
  return [...state].sort();
}
