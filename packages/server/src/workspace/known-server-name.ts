import type { Store } from '@causeway/homeserver';
import type { ServerName } from '@causeway/protocol';
import { pinServerName, readSetupState } from '@causeway/workspace';
import type { Config } from '../config/config.ts';
import { StartupError } from '../startup-error.ts';

/** The server name of the configuration, or else of the data; the two can't differ. */
export const knownServerName = async (
  store: Store,
  config: Pick<Config, 'serverName' | 'dataDir'>,
): Promise<ServerName | undefined> => {
  if (config.serverName === undefined) return (await readSetupState(store)).serverName;
  const pinned = await pinServerName(store, config.serverName);
  if (pinned.kind === 'pinned') return config.serverName;
  throw new StartupError(
    [
      `The data in ${config.dataDir} belongs to the server name ${pinned.serverName}, not ${config.serverName}.`,
      'A server name never changes: rooms, people and signatures bear it. Take the old name back',
      '(CAUSEWAY_SERVER_NAME), use another data folder (CAUSEWAY_DATA_DIR), or start afresh, which deletes',
      'everything in this one: causeway reset --yes',
    ].join('\n'),
  );
};
