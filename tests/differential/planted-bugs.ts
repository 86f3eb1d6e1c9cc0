/**
 * Bugs that the comparison must catch. They are planted in copies: in the record of a room version, where every rule
 * is turned into that of another version, and in sources, where a line is replaced.
 */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import {
  authorizeEvent,
  getRoomVersion,
  KNOWN_ROOM_VERSIONS,
  type RoomVersionRules,
  resolveStateSets,
} from '@causeway/protocol';
import type { Case, Subject } from './compare.ts';
import type { Answer } from './oracle.ts';

const SOURCES = fileURLToPath(new URL('../../packages/protocol/src', import.meta.url));

type PlantedBug = { readonly name: string; readonly version: string; readonly subject: Subject };

/** The bugs that no case has shown yet. */
export class BugHunt implements Disposable {
  readonly #folder = mkdtempSync(join(tmpdir(), 'causeway-planted-'));
  #caught = 0;
  readonly #left = new Map<string, PlantedBug[]>();

  /** Plants the bugs of these room versions. */
  static async begin(versions: readonly string[]): Promise<BugHunt> {
    const hunt = new BugHunt();
    const bugs = [...wrongRules(), ...(await wrongSources(hunt.#folder))];
    for (const version of versions) {
      hunt.#left.set(
        version,
        bugs.filter((bug) => bug.version === version),
      );
    }
    return hunt;
  }

  /** Whether a case, with what Synapse said to it, shows a bug. */
  examine(version: string, one: Case, answer: Answer): void {
    const left = this.#left.get(version) ?? [];
    const still = left.filter(({ subject }) => !isShown(subject, one, answer));
    this.#caught += left.length - still.length;
    this.#left.set(version, still);
  }

  get caught(): number {
    return this.#caught;
  }

  get missed(): readonly string[] {
    return [...this.#left.values()].flat().map(({ name }) => name);
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true });
  }
}

const isShown = (subject: Subject, one: Case, answer: Answer): boolean => {
  try {
    return one.compare(subject, answer) !== undefined;
  } catch {
    // A rule that belongs to another kind of event can't even be applied.
    return true;
  }
};

/** Rules that no case can show: key validity needs keys, and where `redacts` is needs a redaction of something. */
const notShown: ReadonlySet<string> = new Set(['id', 'enforceKeyValidity', 'redactsInContent']);

/** Every rule of every version, as another version has it. */
const wrongRules = (): readonly PlantedBug[] => {
  const all = KNOWN_ROOM_VERSIONS.map(rulesOf);
  return all.flatMap((rules) => {
    const seen = new Set<string>();
    return all.flatMap((other) =>
      differingRules(rules, other).flatMap((rule) => {
        const wrong: RoomVersionRules = { ...rules, [rule]: other[rule] };
        const name = `version ${rules.id} with ${rule} of version ${firstWith(all, rule, other)}`;
        if (seen.has(name) || notShown.has(rule) || isWithoutEffect(rules, wrong)) return [];
        seen.add(name);
        return [
          {
            name,
            version: rules.id,
            subject: { rules: wrong, resolve: resolveStateSets, authorize: authorizeEvent },
          },
        ];
      }),
    );
  });
};

const differingRules = (a: RoomVersionRules, b: RoomVersionRules): readonly (keyof RoomVersionRules)[] =>
  ruleNames.filter((rule) => a[rule] !== b[rule]);

const ruleNames: readonly (keyof RoomVersionRules)[] = [
  'eventIdFormat',
  'strictCanonicalJson',
  'stateResolution',
  'aliasesAuthRule',
  'redactionAuthRule',
  'notificationLevelsAuthorized',
  'knock',
  'restrictedJoins',
  'knockRestrictedJoins',
  'integerPowerLevels',
  'creatorIsSender',
  'redaction',
  'roomIdIsCreateHash',
  'privilegedCreators',
];

const firstWith = (all: readonly RoomVersionRules[], rule: keyof RoomVersionRules, other: RoomVersionRules) =>
  all.find((rules) => rules[rule] === other[rule])?.id ?? other.id;

/** Canonical JSON is read strictly before there is an event, so that leniency after it changes nothing. */
const isWithoutEffect = (rules: RoomVersionRules, wrong: RoomVersionRules): boolean =>
  rules.strictCanonicalJson && !wrong.strictCanonicalJson;

type Replacement = {
  readonly name: string;
  readonly file: string;
  readonly from: string;
  readonly to: string;
  readonly versions: readonly string[];
};

const replacements: readonly Replacement[] = [
  {
    name: 'takes the deepest power levels first',
    file: 'state-resolution/resolve-v1.ts',
    from: 'return depthA < depthB ? -1 : 1;',
    to: 'return depthA < depthB ? 1 : -1;',
    versions: ['1'],
  },
  {
    name: 'breaks ties the other way round',
    file: 'state-resolution/resolve-v1.ts',
    from: 'return hashA > hashB ? -1 : 1;',
    to: 'return hashA > hashB ? 1 : -1;',
    versions: ['1'],
  },
  {
    name: 'goes on after an event that is not allowed',
    file: 'state-resolution/resolve-v1.ts',
    from: 'if (!(yield* readingContents(() => isAllowed(input, r, event, instead)))) break;',
    to: 'if (!(yield* readingContents(() => isAllowed(input, r, event, instead)))) continue;',
    versions: ['1'],
  },
  {
    name: 'takes what only some states have for a conflict',
    file: 'state-resolution/resolve-v1.ts',
    from: 'if (events.length > 1)',
    to: 'if (events.length > 0)',
    versions: ['1'],
  },
  {
    name: 'resolves members before join rules',
    file: 'state-resolution/resolve-v1.ts',
    from: "['m.room.power_levels', 'm.room.join_rules', 'm.room.member']",
    to: "['m.room.power_levels', 'm.room.member', 'm.room.join_rules']",
    versions: ['1'],
  },
  {
    name: 'leaves out what no event is allowed for',
    file: 'state-resolution/resolve-v1.ts',
    from: 'return events[0];',
    to: 'return undefined;',
    versions: ['1'],
  },
  {
    name: 'has no mainline',
    file: 'state-resolution/mainline-order.ts',
    from: 'if (x.position !== y.position)',
    to: 'if (x.position !== x.position)',
    versions: ['2', '6', '11', '12'],
  },
  {
    name: 'forgets the power of senders',
    file: 'state-resolution/power-order.ts',
    from: 'if (a.senderLevel !== b.senderLevel)',
    to: 'if (a.senderLevel !== a.senderLevel)',
    versions: ['2', '6', '11', '12'],
  },
  {
    name: 'forgets the auth difference',
    file: 'state-resolution/resolve-conflicts.ts',
    from: 'for (const id of input.authDifference) ids.add(id);',
    to: '',
    versions: ['2', '6', '11'],
  },
  {
    name: 'lets somebody ban their equals',
    file: 'auth/authorize-membership.ts',
    from: "reject('the sender may not ban the target')",
    to: 'mayBan ? allow : reject("")',
    versions: ['1', '6', '12'],
  },
  {
    name: 'lets somebody demote their equals',
    file: 'auth/authorize-power-levels.ts',
    from: '!(current < senderLevel)',
    to: '!(current <= senderLevel)',
    versions: ['1', '6', '12'],
  },
  {
    name: 'rounds floats up',
    file: 'auth/old-power-levels.ts',
    from: 'Math.trunc(float)',
    to: 'Math.ceil(float)',
    versions: ['1', '5'],
  },
];

const wrongSources = async (folder: string): Promise<readonly PlantedBug[]> => {
  const bugs: PlantedBug[] = [];
  for (const [index, replacement] of replacements.entries()) {
    const functions = await importWrong(replacement, join(folder, `${index}`));
    for (const version of replacement.versions) {
      const subject = { rules: rulesOf(version), ...functions };
      bugs.push({ name: `version ${version} that ${replacement.name}`, version, subject });
    }
  }
  return bugs;
};

const importWrong = async ({ name, file, from, to }: Replacement, copy: string) => {
  cpSync(SOURCES, copy, { recursive: true });
  const path = join(copy, file);
  const source = readFileSync(path, 'utf8');
  if (source.split(from).length !== 2)
    throw new Error(`the bug that ${name} has no place in ${file} any more`);
  writeFileSync(path, source.replace(from, to));
  const load = (module: string) => import(pathToFileURL(join(copy, module)).href);
  const { resolveStateSets: resolve } = await load('state-resolution/resolve-state-sets.ts');
  const { authorizeEvent: authorize } = await load('auth/authorize-event.ts');
  return { resolve, authorize };
};

const rulesOf = (version: string): RoomVersionRules => {
  const rules = getRoomVersion(version);
  if (rules === undefined) throw new Error(`there is no room version ${version}`);
  return rules;
};
