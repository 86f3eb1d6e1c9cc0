/** Asks several servers at once, for a person who waits. */
import type { JsonObject, ServerName, UserId } from '@causeway/protocol';
import type { Engine } from '../../engine.ts';
import { requestRemote } from '../../federation/signed-request.ts';

/** Why servers told nothing, by their names: as in `{"south.test": {"errcode": "CAUSEWAY_UNREACHABLE", "error": "…"}}`. */
export type Failures = {
  readonly [server: string]: { readonly errcode: string; readonly error: string };
};

/** Who asks, and how long all of it may take. */
export type Asking = {
  readonly user: UserId;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
};

/** How a server is asked something with POST. Undefined: it gave no answer that can be used, and this is why. */
export type Ask = (
  path: string,
  body: JsonObject,
) => Promise<
  | { readonly ok: true; readonly body: JsonObject }
  | { readonly ok: false; readonly errcode: string; readonly error: string }
>;

/** One server's answer, checked, or why there is none. */
export type Answered<A> =
  | { readonly ok: true; readonly answer: A }
  | { readonly ok: false; readonly errcode: string; readonly error: string };

/** As many as a large room has servers are asked within the time of two or three slow ones. */
const SERVERS_AT_ONCE = 40;

/**
 * Asks servers with `work`, some at a time. Of people who may not exchange anything with a server nothing goes to it.
 * What is not answered in time is a failure.
 */
export const askServers = async <Q, A>(
  engine: Engine,
  questions: readonly (readonly [ServerName, Q])[],
  asking: Asking,
  work: (ask: Ask, question: Q) => Promise<Answered<A>>,
): Promise<{ readonly answers: readonly A[]; readonly failures: Failures }> => {
  const answers: A[] = [];
  const failures = new Map<string, Failures[string]>();
  const late = new AbortController();
  using _timer = engine.clock.schedule(asking.timeoutMs, () => late.abort());
  const signal = asking.signal ? AbortSignal.any([late.signal, asking.signal]) : late.signal;
  const waiting = [...questions];
  const askOne = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [server, question] = next;
      const refusal = await refusalFor(engine, asking.user, server);
      const answered = refusal ?? (await work(askOf(engine, server, signal), question));
      if (answered.ok) answers.push(answered.answer);
      else failures.set(server, { errcode: answered.errcode, error: answered.error });
    }
  };
  await Promise.all(Array.from({ length: Math.min(SERVERS_AT_ONCE, waiting.length) }, askOne));
  return { answers, failures: Object.fromEntries(failures) };
};

const refusalFor = async (engine: Engine, user: UserId, server: ServerName) => {
  const answer = await engine.policy.ask({ kind: 'speak-outside', user, servers: [server] });
  if (answer.allowed) return undefined;
  const error = `You may not exchange anything with people of ${server}.`;
  return { ok: false, errcode: 'M_FORBIDDEN', error } as const;
};

const askOf =
  (engine: Engine, destination: ServerName, signal: AbortSignal): Ask =>
  async (path, body) => {
    if (signal.aborted) return notInTime(destination);
    const answer = await requestRemote(engine, { destination, method: 'POST', path, body, signal });
    if (answer.kind === 'ok') return { ok: true, body: answer.body };
    if (answer.kind === 'refused') {
      const errcode = answer.errcode.startsWith('M_') ? answer.errcode : 'M_UNKNOWN';
      return { ok: false, errcode, error: `${destination} refused: ${answer.error}` };
    }
    return signal.aborted
      ? notInTime(destination)
      : { ok: false, errcode: UNREACHABLE, error: answer.reason };
  };

const UNREACHABLE = 'CAUSEWAY_UNREACHABLE';

const notInTime = (server: ServerName) =>
  ({ ok: false, errcode: UNREACHABLE, error: `${server} did not answer in time.` }) as const;
