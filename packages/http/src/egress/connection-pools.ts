import { Pool } from 'undici';
import { type ConnectionDependencies, type Destination, openConnection } from './open-connection.ts';

/** A destination has one transaction under way at a time; keys, joins and media come beside it. */
const CONNECTIONS_PER_DESTINATION = 6;

/** Destinations with connections at the same time; the longest unused gives way. */
const MAX_POOLS = 2_000;

const KEEP_ALIVE_MS = 30_000;
const MAX_KEEP_ALIVE_MS = 120_000;

/**
 * The origin undici believes in. It is never resolved: connections are opened by `openConnection`, and the
 * Host header is given with each request.
 */
const ORIGIN = 'https://egress.invalid';

/** Kept-alive connections, by destination. */
export class ConnectionPools {
  readonly #dependencies: ConnectionDependencies;
  readonly #pools = new Map<string, Pool>();
  readonly #keys = new WeakMap<Destination, string>();

  constructor(dependencies: ConnectionDependencies) {
    this.#dependencies = dependencies;
  }

  get(destination: Destination): Pool {
    const key = this.#keyOf(destination);
    const pool = this.#pools.get(key) ?? this.#create(destination);
    this.#pools.delete(key);
    this.#pools.set(key, pool);
    this.#evict();
    return pool;
  }

  /** Destinations that are the same place share their connections, whatever they are called. */
  #keyOf(destination: Destination): string {
    let key = this.#keys.get(destination);
    if (key === undefined) {
      key = JSON.stringify([destination.certificateName, destination.endpoints]);
      this.#keys.set(destination, key);
    }
    return key;
  }

  /** Ends all connections, also those with requests under way. */
  async destroy(): Promise<void> {
    await Promise.all([...this.#pools.values()].map((pool) => pool.destroy()));
    this.#pools.clear();
  }

  #create(destination: Destination): Pool {
    let session: Buffer | undefined;
    return new Pool(ORIGIN, {
      connections: CONNECTIONS_PER_DESTINATION,
      pipelining: 1,
      allowH2: false,
      keepAliveTimeout: KEEP_ALIVE_MS,
      keepAliveMaxTimeout: MAX_KEEP_ALIVE_MS,
      // Requests carry their own time limits.
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: (_, callback) => {
        openConnection(destination, this.#dependencies, session).then(
          (socket) => {
            socket.on('session', (ticket) => {
              session = ticket;
            });
            callback(null, socket);
          },
          (error: unknown) => callback(error instanceof Error ? error : new Error(String(error)), null),
        );
      },
    });
  }

  /** Requests under way in a pool that gives way are finished. */
  #evict(): void {
    const [oldest] = this.#pools;
    if (this.#pools.size <= MAX_POOLS || oldest === undefined) return;
    const [key, pool] = oldest;
    this.#pools.delete(key);
    pool.close().catch(() => {});
  }
}
