/** Work that other servers have to be there for: tried again and again while some of them are away. */
import type { ServerName } from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import { WokenWork } from '../woken-work.ts';

/** Tried again after this, doubling up to an hour; at once when a server that was away is heard from. */
const FIRST_RETRY_MS = 5_000;
const LONGEST_RETRY_MS = 3_600_000;

export type ServersWork = {
  /** Does what can be done; returns which servers were away. */
  readonly run: (engine: Engine) => Promise<ReadonlySet<ServerName>>;
  /** What the log says of a fault of ours. */
  readonly fault: string;
};

export class WorkForServers implements AsyncDisposable {
  readonly #work: WokenWork<Engine>;
  #away: ReadonlySet<ServerName> = new Set();
  #pause = FIRST_RETRY_MS;

  /** The engine holds this, so it is asked for when first needed. */
  constructor(engine: () => Engine, { run, fault }: ServersWork) {
    this.#work = new WokenWork(engine, {
      fault,
      run: async (running) => {
        this.#away = await run(running);
        return this.#nextPause();
      },
    });
  }

  /** Called at the start, and when there is something new. */
  wake(): void {
    this.#work.wake();
  }

  /** An authenticated request came from this server: it is worth trying at once. */
  serverIsUp(server: ServerName): void {
    if (this.#away.has(server)) this.wake();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#work[Symbol.asyncDispose]();
  }

  #nextPause(): number | undefined {
    const pause = this.#pause;
    const isDone = this.#away.size === 0;
    this.#pause = isDone ? FIRST_RETRY_MS : Math.min(pause * 2, LONGEST_RETRY_MS);
    return isDone ? undefined : pause;
  }
}
