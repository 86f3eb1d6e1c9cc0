import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { complainAboutProperties, complainAboutScenarios } from '../test-support/check-state-resolution.ts';
import type { ResolveStateSets } from '../test-support/scenarios.ts';
import { resolveStateSets } from './resolve-state-sets.ts';

type Mutation = { readonly name: string; readonly file: string; readonly from: string; readonly to: string };

const mutations: readonly Mutation[] = [
  {
    name: 'forgets the time when events tie',
    file: 'conflicted-event.ts',
    from: 'return difference !== 0 ? difference : compareEventIds(a.eventId, b.eventId);',
    to: 'return compareEventIds(a.eventId, b.eventId) || difference;',
  },
  {
    name: 'compares event IDs by locale',
    file: 'conflicted-event.ts',
    from: 'return a < b ? -1 : 1;',
    to: 'return a.localeCompare(b);',
  },
  {
    name: 'forgets the power of senders',
    file: 'power-order.ts',
    from: 'if (a.senderLevel !== b.senderLevel)',
    to: 'if (a.senderLevel !== a.senderLevel)',
  },
  {
    name: 'takes the least power first',
    file: 'power-order.ts',
    from: 'a.senderLevel > b.senderLevel ? -1 : 1',
    to: 'a.senderLevel > b.senderLevel ? 1 : -1',
  },
  {
    name: 'forgets which power events rest on which',
    file: 'power-order.ts',
    from: 'vertex.waitsFor++;',
    to: '',
  },
  {
    name: 'takes bans for ordinary events',
    file: 'power-order.ts',
    from: " || pdu.content.membership === 'ban'",
    to: '',
  },
  {
    name: 'takes join rules for ordinary events',
    file: 'power-order.ts',
    from: " || pdu.type === 'm.room.join_rules'",
    to: '',
  },
  {
    name: 'takes leaving for a power event',
    file: 'power-order.ts',
    from: ' || pdu.sender === pdu.state_key',
    to: '',
  },
  {
    name: 'leaves out what power events rest on',
    file: 'power-order.ts',
    from: 'if (authEvent !== undefined && !selected.has(eventId)) pending.push(authEvent);',
    to: '',
  },
  {
    name: 'skips the iterative auth checks',
    file: 'iterative-auth.ts',
    from: 'if (verdict.allowed) resolved',
    to: 'if (verdict) resolved',
  },
  {
    name: 'forgets the auth events that are not in the state',
    file: 'iterative-auth.ts',
    from: ' ?? citedState(event, type, stateKey)',
    to: '',
  },
  {
    name: 'puts the mainline the wrong way round',
    file: 'mainline-order.ts',
    from: 'x.position > y.position ? -1 : 1',
    to: 'x.position > y.position ? 1 : -1',
  },
  {
    name: 'has no mainline',
    file: 'mainline-order.ts',
    from: 'if (x.position !== y.position)',
    to: 'if (x.position !== x.position)',
  },
  {
    name: 'starts version 2.1 from the unconflicted state',
    file: 'resolve-conflicts.ts',
    from: "const startsEmpty = input.rules.stateResolution === 'v2.1'",
    to: "const startsEmpty = input.rules.stateResolution === 'v3'",
  },
  {
    name: 'starts version 2 from nothing',
    file: 'resolve-conflicts.ts',
    from: "const startsEmpty = input.rules.stateResolution === 'v2.1'",
    to: "const startsEmpty = input.rules.stateResolution !== 'v1'",
  },
  {
    name: 'forgets the conflicted state subgraph',
    file: 'resolve-conflicts.ts',
    from: 'for (const id of input.conflictedSubgraph) ids.add(id);',
    to: '{}',
  },
  {
    name: 'forgets the auth difference',
    file: 'resolve-conflicts.ts',
    from: 'for (const id of input.authDifference) ids.add(id);',
    to: '',
  },
];

const folder = mkdtempSync(join(tmpdir(), 'state-resolution-mutants-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('the demands on state resolution', () => {
  it('are met by the real one', () => {
    expect(complaintsAbout(resolveStateSets)).toEqual([]);
  });

  for (const [index, mutation] of mutations.entries()) {
    it(`are not met by one that ${mutation.name}`, async () => {
      expect(complaintsAbout(await importMutant(mutation, `${index}`))).not.toEqual([]);
    });
  }
});

function complaintsAbout(resolve: ResolveStateSets): readonly string[] {
  const complaints = complainAboutScenarios(resolve);
  // The seed is fixed, so that a mistake is noticed every time or never.
  return complaints.length > 0 ? complaints : complainAboutProperties(resolve, 1_000, 1);
}

/** A copy of the sources with one replacement. */
async function importMutant({ file, from, to }: Mutation, name: string): Promise<ResolveStateSets> {
  const copy = join(folder, name);
  cpSync(fileURLToPath(new URL('..', import.meta.url)), copy, { recursive: true });
  const path = join(copy, 'state-resolution', file);
  const source = readFileSync(path, 'utf8');
  expect(source.split(from)).toHaveLength(2);
  writeFileSync(path, source.replace(from, to));
  const mutant = await import(
    /* @vite-ignore */ pathToFileURL(join(copy, 'state-resolution/resolve-state-sets.ts')).href
  );
  return mutant.resolveStateSets;
}
