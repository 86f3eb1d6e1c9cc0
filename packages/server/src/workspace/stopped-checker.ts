import { systemClock } from '@causeway/homeserver';
import { createFederationChecker, type FederationChecker } from '@causeway/http';
import type { ServerName } from '@causeway/protocol';
import { isTrial } from '@causeway/workspace';
import type { Config } from '../config/config.ts';
import { openEgress } from './open-egress.ts';

/** Federation checks without a running workspace: what needs it is told as not shown. */
export const stoppedChecker = (
  config: Config,
  ownName: ServerName | undefined,
): AsyncDisposable & { readonly checker: FederationChecker } => {
  const egress = ownName !== undefined && isTrial(ownName) ? undefined : openEgress(config);
  const checker = createFederationChecker({ egress, clock: systemClock, ownName, running: undefined });
  return { checker, [Symbol.asyncDispose]: async () => egress?.[Symbol.asyncDispose]() };
};
