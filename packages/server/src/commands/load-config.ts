import type { Config } from '../config/config.ts';
import { describeFaults, type Environment, readConfig } from '../config/read-config.ts';
import { StartupError } from '../startup-error.ts';

export type LoadedConfig = { readonly config: Config; readonly warnings: readonly string[] };

/** The configuration, or all that is wrong with it as one message. */
export const loadConfig = (environment: Environment): LoadedConfig => {
  const result = readConfig(environment, process.cwd());
  if (!result.ok) throw new StartupError(describeFaults(result.faults));
  return result;
};
