import { existsSync } from 'node:fs';
import { request } from 'node:http';
import { MatrixError, SigningKeyRefusedError, systemClock } from '@causeway/homeserver';
import { DataFolderInUseError } from '@causeway/storage';
import { createPasswords, openContext } from '@causeway/workspace';
import type { Config } from '../config/config.ts';
import { type DataFolder, dataFolderAt, prepareDataFolder } from '../data/data-folder.ts';
import { openData } from '../data/open-data.ts';
import { silentLog } from '../log/create-log.ts';
import { StartupError } from '../startup-error.ts';
import { knownServerName } from '../workspace/known-server-name.ts';
import { publicUrlOf } from '../workspace/public-url.ts';
import { stoppedChecker } from '../workspace/stopped-checker.ts';
import { stoppedSigningKeys } from '../workspace/stopped-signing-keys.ts';
import { type ControlCommand, runControlCommand } from './control-command.ts';
import type { ControlAnswer } from './control-listener.ts';

/** Runs a command on the workspace of a data folder: in the process that uses it, or here when none does. */
export const sendCommand = async (config: Config, command: ControlCommand): Promise<string> => {
  const folder = dataFolderAt(config.dataDir);
  try {
    return await runHere(config, folder, command);
  } catch (error) {
    if (!(error instanceof DataFolderInUseError)) throw error;
  }
  const answer = await post(folder.controlSocket, command);
  if ('error' in answer) throw new StartupError(answer.error);
  return answer.output;
};

const runHere = async (config: Config, folder: DataFolder, command: ControlCommand): Promise<string> => {
  const notSetUp = `There is no workspace in ${config.dataDir} yet. Start it with: causeway serve`;
  // With a configured name people can be added before the first start.
  if (config.serverName !== undefined) prepareDataFolder(config.dataDir);
  else if (!existsSync(folder.database)) throw new StartupError(notSetUp);
  await using store = await openData(folder, { log: silentLog });
  const serverName = await knownServerName(store, config);
  if (serverName === undefined) throw new StartupError(notSetUp);
  const passwords = createPasswords(config.passwordCost);
  const context = await openContext({ serverName, store, clock: systemClock, passwords });
  try {
    await using checking = stoppedChecker(config, serverName);
    const publicUrl = publicUrlOf(config, serverName, undefined);
    const signingKeys = () => stoppedSigningKeys(context, folder.signingKey);
    const target = { context, checker: checking.checker, publicUrl, isRunning: false, signingKeys };
    return await runControlCommand(target, command);
  } catch (error) {
    if (error instanceof MatrixError || error instanceof SigningKeyRefusedError)
      throw new StartupError(error.message);
    throw error;
  }
};

const post = (socketPath: string, command: ControlCommand): Promise<ControlAnswer> =>
  new Promise((resolve, reject) => {
    const outgoing = request({ socketPath, path: '/', method: 'POST' }, (response) => {
      response.setEncoding('utf8');
      let text = '';
      response.on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () => resolve(JSON.parse(text) as ControlAnswer));
      response.on('error', reject);
    });
    outgoing.on('error', (error) =>
      reject(new StartupError(`The process that uses this data folder cannot be reached: ${error.message}`)),
    );
    outgoing.end(JSON.stringify(command));
  });
