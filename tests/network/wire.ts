/**
 * The way between servers, which loses, repeats, delays and reorders, and is cut at times; all of it by the seed, and
 * in the time of the fake clock.
 */
import type {
  FederationTransport,
  TransportFailure,
  TransportRequest,
  TransportResponse,
} from '@causeway/homeserver';
import type { ServerName } from '@causeway/protocol';
import type { Random } from '../../packages/testing/src/random.ts';
import type { FakeClock } from './fake-clock.ts';
import type { Host, Reply } from './host.ts';

/** Of a thousand. */
export type Faults = { readonly lost: number; readonly repeated: number; readonly slow: number };

export const NO_FAULTS: Faults = { lost: 0, repeated: 0, slow: 0 };

const QUICK_MS = 120;
const SLOW_MS = 15_000;

type Result = TransportResponse<Uint8Array> | TransportFailure;

export class Wire {
  readonly #clock: FakeClock;
  readonly #random: Random;
  readonly #hosts = new Map<string, Host>();
  readonly #waiting = new Set<(result: Result) => void>();
  /** Server names on this side of a cut; those on the other side can't be reached. */
  island: ReadonlySet<string> = new Set();
  faults: Faults = NO_FAULTS;
  requests = 0;
  #closed = false;

  constructor(clock: FakeClock, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  attach(host: Host): void {
    this.#hosts.set(host.name, host);
  }

  get inFlight(): number {
    return this.#waiting.size;
  }

  transport(from: ServerName): FederationTransport {
    return {
      request: (request) => this.#send(from, this.#asSent(from, request)),
      stream: async (request) => {
        const result = await this.#send(from, this.#asSent(from, request));
        return result.kind === 'failed' ? result : { ...result, body: onePiece(result.body) };
      },
      streamUrl: async () => unreachable('there is nothing else'),
      [Symbol.asyncDispose]: async () => {},
    };
  }

  /** What a liar sends by itself. */
  sendLie(from: ServerName, request: TransportRequest): Promise<Result> {
    return this.#send(from, request);
  }

  /** Everything under way fails, and so does everything later. */
  close(): void {
    this.#closed = true;
    for (const end of [...this.#waiting]) end(unreachable('it is over'));
  }

  #asSent(from: ServerName, request: TransportRequest): TransportRequest {
    return this.#hosts.get(from)?.lies?.send(request) ?? request;
  }

  #send(from: ServerName, request: TransportRequest): Promise<Result> {
    this.requests++;
    const to = this.#hosts.get(request.destination);
    if (this.#closed || to === undefined) return Promise.resolve(unreachable('nobody has this name'));
    return new Promise((resolve) => {
      const end = (result: Result) => {
        if (!this.#waiting.delete(end)) return;
        deadline[Symbol.dispose]();
        resolve(result);
      };
      this.#waiting.add(end);
      const deadline = this.#clock.schedule(request.timeoutMs, () =>
        end({ kind: 'failed', code: 'timeout', reason: `${to.name} did not answer in time.` }),
      );
      const arrive = (answered?: (result: Result) => void) => this.#arrive(from, to, request, answered);
      if (this.#happens(this.faults.repeated)) this.#pass(from, to, request, end, () => arrive());
      this.#pass(from, to, request, end, () => arrive(end));
    });
  }

  #arrive(from: ServerName, to: Host, request: TransportRequest, end?: (result: Result) => void): void {
    if (this.#closed) return;
    const truth = () => to.handle(request);
    void (to.lies?.answer(request, from, truth) ?? truth()).then((reply) => {
      if (end === undefined) return;
      this.#pass(from, to, request, end, () => {
        this.#note(from, to, request, reply);
        end({ kind: 'response', status: reply.status, headers: {}, body: reply.body });
      });
    });
  }

  /** One way of a request or of its answer. */
  #pass(
    from: ServerName,
    to: Host,
    { path }: TransportRequest,
    end: (result: Result) => void,
    arrived: () => void,
  ): void {
    // Who can't have a key leaves out what it can't verify, and then has another state than the others.
    if (path.startsWith('/_matrix/key/')) {
      this.#clock.schedule(1, arrived);
      return;
    }
    this.#clock.schedule(this.#delay(), () => {
      if (this.island.has(from) !== this.island.has(to.name))
        end(unreachable(`${to.name} can't be reached.`));
      else if (!this.#happens(this.faults.lost)) arrived();
    });
  }

  /** Who takes a state from a server believes what that server believes. */
  #note(from: ServerName, to: Host, { path }: TransportRequest, reply: Reply): void {
    const asked = this.#hosts.get(from);
    const isState = /\/(?:state|state_ids|send_join)\//.test(path) && reply.status === 200;
    if (asked !== undefined && isState && (to.misled || reply.isFalseState === true)) asked.misled = true;
  }

  #happens(ofThousand: number): boolean {
    return ofThousand > 0 && this.#random.below(1_000) < ofThousand;
  }

  #delay(): number {
    return 1 + this.#random.below(this.#happens(this.faults.slow) ? SLOW_MS : QUICK_MS);
  }
}

const unreachable = (reason: string): TransportFailure => ({ kind: 'failed', code: 'unreachable', reason });

const onePiece = async function* (body: Uint8Array): AsyncGenerator<Uint8Array> {
  yield body;
};
