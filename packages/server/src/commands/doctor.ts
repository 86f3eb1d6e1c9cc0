import { existsSync } from 'node:fs';
import { MatrixError } from '@causeway/homeserver';
import { type CheckStatus, type CheckStep, STEP_TITLES, verdictOf } from '@causeway/http';
import { parseServerName } from '@causeway/protocol';
import type { Config } from '../config/config.ts';
import type { Environment } from '../config/read-config.ts';
import { complain, say } from '../console.ts';
import { collectSteps } from '../control/control-command.ts';
import { sendCommand } from '../control/send-command.ts';
import { dataFolderAt } from '../data/data-folder.ts';
import { StartupError } from '../startup-error.ts';
import { stoppedChecker } from '../workspace/stopped-checker.ts';
import { loadConfig } from './load-config.ts';

export type DoctorOptions = { readonly json?: boolean };

/** What a script learns: nothing failed; something failed; there was no check. */
const EXIT_STATUS = { sound: 0, failed: 1, notChecked: 2 } as const;

/** Checks how a server federates, or one's own set-up, and sets the exit status. */
export const doctor = async (
  environment: Environment,
  server: string | undefined,
  { json = false }: DoctorOptions,
): Promise<void> => {
  process.exitCode = EXIT_STATUS.notChecked;
  if (server !== undefined && parseServerName(server) === undefined) {
    throw new StartupError(
      `${JSON.stringify(server)} is not a server name. Write it as in @somebody:example.org, without https://.`,
    );
  }
  const { config } = loadConfig(environment);
  complain('Checking; this takes a minute at most.');
  const steps = await check(config, server);
  const verdict = verdictOf(steps);
  if (json) say(JSON.stringify({ server: server ?? null, verdict, steps }, null, 2));
  else tell(server, steps);
  process.exitCode = verdict === 'failed' ? EXIT_STATUS.failed : EXIT_STATUS.sound;
};

const check = async (config: Config, server: string | undefined): Promise<readonly CheckStep[]> => {
  if (existsSync(dataFolderAt(config.dataDir).database)) {
    // Both ends are this program.
    return JSON.parse(await sendCommand(config, { kind: 'federation-check', server })) as CheckStep[];
  }
  // Before the first start nothing is made in the data folder.
  await using checking = stoppedChecker(config, config.serverName);
  try {
    return await collectSteps(checking.checker, server);
  } catch (error) {
    if (error instanceof MatrixError) throw new StartupError(error.message);
    throw error;
  }
};

const STATUS_WORDS: { readonly [status in CheckStatus]: string } = {
  ok: 'ok',
  warning: 'WARNING',
  failed: 'FAILED',
  'not-shown': 'not shown',
};

const tell = (server: string | undefined, steps: readonly CheckStep[]): void => {
  say(server === undefined ? 'Federation check of this workspace' : `Federation check of ${server}`);
  say('');
  for (const step of steps) {
    say(`  ${STATUS_WORDS[step.status].padEnd(9)}  ${STEP_TITLES[step.id].padEnd(14)}  ${step.summary}`);
    const isTrouble = step.status === 'failed' || step.status === 'warning';
    if (isTrouble) for (const line of step.evidence) say(`               ${line}`);
    if (step.advice === undefined) continue;
    const who = server !== undefined && step.advice.who === 'them' ? `For the admins of ${server}: ` : '';
    say(`             → ${who}${step.advice.text}`);
  }
  say('');
  const count = (status: CheckStatus) => steps.filter((step) => step.status === status).length;
  say(
    `${count('ok')} ok, ${count('warning')} with a warning, ${count('failed')} failed, ${count('not-shown')} not shown.`,
  );
};
