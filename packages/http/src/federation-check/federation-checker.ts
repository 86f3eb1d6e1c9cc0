/** Federation checks for those who run the workspace: a bounded number, each of them once at a time. */
import { MatrixError } from '@causeway/homeserver';
import { checkFederation, type FederationCheckParts } from './check-federation.ts';
import type { CheckStep } from './check-step.ts';

export interface FederationChecker {
  /**
   * The steps as they become known. Without a name one's own set-up is checked.
   *
   * @throws M_LIMIT_EXCEEDED, M_MISSING_PARAM
   */
  check(serverName: string | undefined, signal?: AbortSignal): AsyncGenerator<CheckStep>;
}

/** Each check makes a dozen requests to a place that somebody else chose. */
const MAX_AT_ONCE = 3;
const MAX_PER_MINUTE = 20;
const MINUTE_MS = 60_000;

export const createFederationChecker = (parts: FederationCheckParts): FederationChecker => {
  const { clock, ownName } = parts;
  let running = 0;
  let begun: readonly number[] = [];
  const admit = () => {
    const now = clock.now();
    begun = begun.filter((at) => at > now - MINUTE_MS);
    const [oldest] = begun;
    if (running < MAX_AT_ONCE && begun.length < MAX_PER_MINUTE) {
      begun = [...begun, now];
      return;
    }
    throw new MatrixError('M_LIMIT_EXCEEDED', 'Too many federation checks at once. Wait for the others.', {
      retry_after_ms: running < MAX_AT_ONCE && oldest !== undefined ? oldest + MINUTE_MS - now : 5_000,
    });
  };
  async function* run(name: string, signal: AbortSignal | undefined): AsyncGenerator<CheckStep> {
    running += 1;
    try {
      yield* checkFederation(parts, name, signal);
    } finally {
      running -= 1;
    }
  }
  return {
    check(serverName, signal) {
      const name = serverName ?? ownName;
      if (name === undefined) {
        throw new MatrixError('M_MISSING_PARAM', 'Name the server to check: there is no workspace here yet.');
      }
      admit();
      return run(name, signal);
    },
  };
};
