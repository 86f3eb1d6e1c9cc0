/** Bugs that the network must catch: a line of the engine is another one in the process that loads it. */
import { type LoadHookSync, registerHooks } from 'node:module';

type PlantedBug = { readonly file: string; readonly from: string; readonly to: string };

const SOURCES = '/packages/homeserver/src/';

export const plantedBugs: { readonly [name: string]: PlantedBug } = {
  'soft failure is ignored': {
    file: 'rooms/receive-pdu.ts',
    from: "if (!now.allowed) return { verdict: 'soft-failed', reason: now.reason };",
    to: '',
  },
  'a soft-failed event becomes an end of the graph': {
    file: 'rooms/append-event.ts',
    from: "given.verdict === 'accepted' ?",
    to: "given.verdict !== 'rejected' ?",
  },
  'of several states the first counts': {
    file: 'rooms/resolutions.ts',
    from: 'if (distinct.length === 1) return first;',
    to: 'if (distinct.length >= 1) return first;',
  },
  'signatures are not asked for': {
    file: 'federation/verify-pdu.ts',
    from: 'if (!signatures.ok) return',
    to: 'if (false) return',
  },
  'the server ACL is not asked': {
    file: 'federation/receive-transaction.ts',
    from: 'if (known?.originAllowed === false) {',
    to: 'if (known === null) {',
  },
  'an event that is followed stays an end of the graph': {
    file: 'rooms/append-event.ts',
    from: 'for (const row of ends.covered) await',
    to: 'for (const row of ends.covered.slice(99)) await',
  },
};

/** To be called before anything imports the engine. @throws when the line is not where it was */
export const plant = (name: string): void => {
  const bug = plantedBugs[name];
  if (bug === undefined) throw new Error(`there is no planted bug: ${name}`);
  registerHooks({
    load: (url, context, nextLoad) => {
      const loaded = nextLoad(url, context);
      if (!url.endsWith(SOURCES + bug.file)) return loaded;
      const source = textOf(loaded.source);
      if (source.split(bug.from).length !== 2) throw new Error(`the bug "${name}" has no place any more`);
      return { ...loaded, source: source.replace(bug.from, bug.to) };
    },
  });
};

const textOf = (source: ReturnType<LoadHookSync>['source']): string =>
  typeof source === 'string' ? source : new TextDecoder().decode(source ?? new Uint8Array());
