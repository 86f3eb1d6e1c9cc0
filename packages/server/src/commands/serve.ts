import type { Environment } from '../config/read-config.ts';
import { say } from '../console.ts';
import { createLog } from '../log/create-log.ts';
import { listenForStopSignals } from '../stop-signals.ts';
import { version } from '../version.ts';
import { webAppFolder } from '../web-app/web-app-folder.ts';
import { type RunningWorkspace, startWorkspace } from '../workspace/start-workspace.ts';
import { loadConfig } from './load-config.ts';

export const serve = async (environment: Environment): Promise<void> => {
  const { config, warnings } = loadConfig(environment);
  const log = createLog(config.log, process.stderr);
  for (const warning of warnings) log.warn(warning);
  const stopSignals = listenForStopSignals();
  const workspace = await startWorkspace(config, { log, webAppFolder });
  announce(workspace);
  log.info('ready', { version, server_name: workspace.serverName, http_port: workspace.httpPort });
  await stopSignals.stopWhenAsked((graceMs) => workspace.stop(graceMs), log);
};

const announce = (workspace: RunningWorkspace): void => {
  say(`Causeway ${version} is running at ${workspace.publicUrl}`);
  say(
    `  HTTP port ${workspace.httpPort}, HTTPS ${workspace.httpsPort === undefined ? 'off (no certificate)' : `port ${workspace.httpsPort}`}`,
  );
  if (workspace.setupLink === undefined) return;
  say('');
  say('There is no admin yet. Open this link to set the workspace up; it works once, for a day:');
  say(`  ${workspace.setupLink}`);
};
