/** Commands in the guides are run as they stand there, or marked as examples. */
import { readFileSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import type { Workspace } from '../processes/workspace-process.ts';
import { catalogue } from './doctor-catalogue.ts';
import { guideBlocks } from './guide.ts';
import type { OpsCase } from './ops-case.ts';

const CHECK_PAGE = resolve(import.meta.dirname, '../../docs/guide/admin/federation-check.md');

/** Each command is a process of its own, half a second on an idle machine. */
const COMMANDS_LIMIT_MS = 240_000;

/** `workspace` is the one that the commands are typed at: `chat.example.org`. */
export const guideCases = (workspace: () => Promise<Workspace>): readonly OpsCase[] => [
  {
    name: 'guides: every code block says what it is',
    run: async () => {
      const mute = guideBlocks().filter(({ info }) => info === '');
      if (mute.length > 0) throw new Error(mute.map(({ page, line }) => `${page}:${line}`).join('\n'));
      return '';
    },
  },
  {
    name: 'guides: every command runs as it stands there',
    limitMs: COMMANDS_LIMIT_MS,
    run: async () => runCommands(await workspace()),
  },
  {
    name: 'guides: everything that the check can find in the catalogue is explained',
    run: async () => {
      const page = readFileSync(CHECK_PAGE, 'utf8');
      const codes = new Set(catalogue.flatMap(({ finds }) => (finds === undefined ? [] : [finds.code])));
      const missing = [...codes].filter((code) => !page.includes(`\`${code}\``));
      if (missing.length > 0) throw new Error(`not explained: ${missing.join(', ')}`);
      return `${codes.size} findings`;
    },
  },
];

/** Backups of the suite lie with its data. */
const placeOf = ({ options }: Workspace, arg: string): string =>
  arg.startsWith('/var/backups/') ? `${options.dataDir}-${basename(arg)}` : arg;

const runCommands = async (workspace: Workspace): Promise<string> => {
  let ran = 0;
  for (const { page, line, text } of guideBlocks().filter(({ info }) => info === 'sh')) {
    for (const command of text.split('\n').filter((each) => each.trim() !== '' && !each.startsWith('#'))) {
      const [program, ...args] = command.split(' ');
      if (program !== 'causeway') {
        throw new Error(`${page}:${line} has "${command}": only causeway is run here; mark it "sh example"`);
      }
      const { code, output } = await workspace.run(args.map((arg) => placeOf(workspace, arg)));
      if (code !== 0) throw new Error(`${page}:${line} "${command}" ended with ${code}\n${output}`);
      ran += 1;
    }
  }
  if (ran === 0) throw new Error('no guide has a command to run');
  return `${ran} commands`;
};
