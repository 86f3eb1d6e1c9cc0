import { destinations, stagedPdus, type Store } from '@causeway/homeserver';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

export interface Metrics {
  readonly contentType: string;
  /** The text that Prometheus reads. */
  render(): Promise<string>;
  observeRequest(request: {
    readonly method: string;
    readonly api: Api;
    readonly status: number;
    readonly seconds: number;
  }): void;
}

export type Api = 'client' | 'federation' | 'media' | 'workspace' | 'app';

/** Few, and each of them measured where it happens. No label ever holds a name of a person, room or server. */
export const createMetrics = (store: Store, version: string): Metrics => {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  new Gauge({
    name: 'causeway_info',
    help: 'Version of this server',
    labelNames: ['version'],
    registers,
  }).set({ version }, 1);
  const requests = new Counter({
    name: 'causeway_http_requests_total',
    help: 'Answered HTTP requests',
    labelNames: ['api', 'method', 'status'],
    registers,
  });
  const durations = new Histogram({
    name: 'causeway_http_request_seconds',
    help: 'Time to answer a request; a sync that waits for news counts its waiting',
    labelNames: ['api'],
    buckets: [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30],
    registers,
  });
  new Gauge({
    name: 'causeway_staged_pdus',
    help: 'Received events that are acknowledged and not yet processed',
    registers,
    async collect() {
      this.set(await store.read((reader) => reader.count(stagedPdus, {})));
    },
  });
  new Gauge({
    name: 'causeway_destinations_failing',
    help: 'Servers whose last delivery failed',
    registers,
    async collect() {
      const rows = await store.read((reader) => reader.scan(destinations, {}));
      this.set(rows.filter((row) => row.failures > 0).length);
    },
  });
  return {
    contentType: registry.contentType,
    render: () => registry.metrics(),
    observeRequest({ method, api, status, seconds }) {
      requests.inc({ api, method, status: `${Math.floor(status / 100)}xx` });
      durations.observe({ api }, seconds);
    },
  };
};

/** Which part of the server a path belongs to. */
export const apiOf = (path: string): Api => {
  if (path.startsWith('/_matrix/federation/') || path.startsWith('/_matrix/key/')) return 'federation';
  if (path.startsWith('/_matrix/media/') || path.startsWith('/_matrix/client/v1/media/')) return 'media';
  if (path.startsWith('/_matrix/') || path.startsWith('/_synapse/')) return 'client';
  return path.startsWith('/_causeway/') ? 'workspace' : 'app';
};
