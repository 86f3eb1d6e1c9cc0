import { isTrial } from '@causeway/workspace';
import type { Environment } from '../config/read-config.ts';
import { say } from '../console.ts';
import { loadConfig } from './load-config.ts';

export const checkConfig = (environment: Environment): void => {
  const { config, warnings } = loadConfig(environment);
  for (const warning of warnings) say(`Note: ${warning}`);
  say('The configuration is sound.');
  say(`  data folder      ${config.dataDir}`);
  say(`  server name      ${describeServerName(config.serverName)}`);
  say(`  HTTP             ${config.bind} port ${config.httpPort}`);
  say(
    `  HTTPS            ${config.tls === undefined ? 'off: no certificate is given' : `${config.bind} port ${config.federationPort}`}`,
  );
  say(`  registration     ${config.registration}`);
};

const describeServerName = (serverName: string | undefined): string => {
  if (serverName === undefined) return 'asked at set-up';
  return isTrial(serverName) ? `${serverName}: a trial, which never federates` : serverName;
};
