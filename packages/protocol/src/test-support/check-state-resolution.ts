/**
 * All that is demanded of an implementation of state resolution, as one list of complaints: empty for the real
 * one, and not empty for one with a mistake planted in it.
 */
import fc from 'fast-check';
import type { EventId } from '../identifiers/identifiers.ts';
import { KNOWN_ROOM_VERSIONS } from '../room-versions/room-versions.ts';
import type { StateMap } from '../state-resolution/state-map.ts';
import { roomVersion } from './identifiers.ts';
import { growRoom, steps } from './random-room.ts';
import { resolveByTheBook } from './reference-resolution.ts';
import type { TestRoom } from './room.ts';
import {
  compositions,
  expectedState,
  type ResolveStateSets,
  resolveProblem,
  resolveScenario,
  scenarios,
} from './scenarios.ts';
import { present } from './vectors.ts';

/** The recorded scenarios that do not come out as they should. */
export function complainAboutScenarios(resolve: ResolveStateSets): readonly string[] {
  const complaints: string[] = [];
  const compare = (name: string, expected: string, result: () => ReadonlyMap<string, string>): void => {
    try {
      if (textOfState(result()) !== textOfState(expectedState(expected))) complaints.push(name);
    } catch (error) {
      complaints.push(`${name}: ${error}`);
    }
  };
  for (const name of scenarios.keys()) {
    for (const composition of compositions) {
      compare(`${name}, ${composition}`, name, () => resolveScenario(resolve, name, composition));
    }
  }
  for (const problem of ['A', 'B'] as const) {
    const expected = `msc4297_problem_${problem.toLowerCase()}_state_res_v2_`;
    compare(`problem ${problem} in 11`, `${expected}0`, () => resolveProblem(resolve, problem, '11'));
    compare(`problem ${problem} in 12`, `${expected}1`, () => resolveProblem(resolve, problem, '12'));
  }
  return complaints;
}

/** The properties that do not hold on random rooms. */
export function complainAboutProperties(
  resolve: ResolveStateSets,
  numRuns: number,
  seed: number,
): readonly string[] {
  const details = fc.check(
    fc.property(steps, fc.constantFrom(...KNOWN_ROOM_VERSIONS), fc.nat(), (script, version, shuffle) => {
      const complaint = complainAboutRoom(resolve, growRoom(roomVersion(version), script), shuffle);
      if (complaint !== undefined) throw new Error(complaint);
    }),
    { numRuns, seed, endOnFailure: true },
  );
  return details.failed
    ? [`${details.errorInstance} (seed ${details.seed}, ${JSON.stringify(details.counterexample)})`]
    : [];
}

function complainAboutRoom(resolve: ResolveStateSets, room: TestRoom, shuffle: number): string | undefined {
  const leaves = [...room.leaves];
  const stateSets = leaves.map((id) => room.stateAfter([id]));
  const resolveAll = (sets: readonly StateMap[]): string => {
    const resolution = resolve({
      rules: room.rules,
      stateSets: sets,
      event: (id) => room.event(id),
      createEvent: room.create,
    });
    return resolution.kind === 'missing' ? 'events are missing' : textOfState(resolution.state);
  };
  const result = resolveAll(stateSets);
  // The book has versions 2 and 2.1; what version 1 gives is compared with other servers' (docs/differential.md).
  if (room.rules.stateResolution !== 'v1' && result !== textOfState(resolveByTheBook(room, stateSets))) {
    return 'differs from the specification';
  }
  const shuffled = rotated(stateSets, shuffle).map(
    (state) => new Map(rotated([...state], shuffle).toReversed()),
  );
  if (resolveAll(shuffled.toReversed()) !== result) return 'depends on the order of the input';
  if (resolveAll([...stateSets, present(stateSets[0])]) !== result) return 'depends on repetition';
  return undefined;
}

function rotated<Member>(list: readonly Member[], by: number): readonly Member[] {
  const at = list.length === 0 ? 0 : by % list.length;
  return [...list.slice(at), ...list.slice(0, at)];
}

function textOfState(state: ReadonlyMap<string, string | EventId>): string {
  return JSON.stringify([...state].sort());
}
