import type { Meter } from '@causeway/homeserver';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Measured } from './measure.ts';

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
  /** The database committed, in so many milliseconds. */
  observeCommit(ms: number): void;
  /** What the engine tells. */
  readonly meter: Meter;
  /** Counted since the start. */
  readonly totals: Totals;
  /** Where figures come from that are measured when somebody asks; none before. */
  measureWith(measure: () => Promise<Measured>, waitingSyncs: () => number): void;
}

export type Totals = {
  readonly eventsIn: number;
  readonly eventsOut: number;
  readonly delivered: number;
  readonly failed: number;
  readonly requests: number;
  /** Taken out: how long the latest deliveries took, in milliseconds; a sample when there were very many. */
  takeDelays(): readonly number[];
};

export type Api = 'client' | 'sync' | 'federation' | 'media' | 'workspace' | 'app';

const SECONDS = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30];
/** An hour, a day and a week: what an outage of another server makes of it. */
const DELAYS = [0.03, 0.1, 0.3, 1, 3, 10, 60, 600, 3_600, 86_400, 604_800];
const COMMITS = [0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.03, 0.1, 0.3, 1];

/** Enough for a quantile. */
const MAX_DELAYS = 2_000;

/** Each measured where it happens. No label ever holds a name of a person, room or server: their number has no end. */
export const createMetrics = (version: string): Metrics => {
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
    buckets: SECONDS,
    registers,
  });
  const commits = new Histogram({
    name: 'causeway_database_commit_seconds',
    help: 'Time for a commit of the database to be on the disk; several writes share one',
    buckets: COMMITS,
    registers,
  });
  const events = new Counter({
    name: 'causeway_events_total',
    help: 'Stored events, by where they come from and their verdict',
    labelNames: ['origin', 'verdict'],
    registers,
  });
  const transactions = new Counter({
    name: 'causeway_federation_transactions_total',
    help: 'Transactions with other servers: taken in, and sent with what became of them',
    labelNames: ['direction', 'outcome'],
    registers,
  });
  const deliveries = new Histogram({
    name: 'causeway_delivery_delay_seconds',
    help: 'From the making of an event to its being taken by another server, once for each server',
    buckets: DELAYS,
    registers,
  });
  const keys = new Counter({
    name: 'causeway_key_fetches_total',
    help: 'Requests for the signing keys of other servers',
    labelNames: ['outcome'],
    registers,
  });
  const resolutions = new Histogram({
    name: 'causeway_state_resolution_seconds',
    help: 'Time to resolve conflicting states of a room',
    buckets: SECONDS,
    registers,
  });
  const droppedEdus = new Counter({
    name: 'causeway_federation_edus_dropped_total',
    help: 'Typing notices, presence and receipts of other servers that were dropped: one server brought too many',
    labelNames: ['kind'],
    registers,
  });
  const totals = createTotals();
  let syncs = () => 0;
  new Gauge({
    name: 'causeway_syncs_waiting',
    help: 'Syncs of clients that wait for something new',
    registers,
    collect() {
      this.set(syncs());
    },
  });
  return {
    contentType: registry.contentType,
    totals,
    render: () => registry.metrics(),
    observeRequest({ method, api, status, seconds }) {
      totals.requests += 1;
      requests.inc({ api, method: knownMethod(method), status: `${Math.floor(status / 100)}xx` });
      durations.observe({ api }, seconds);
    },
    observeCommit: (ms) => commits.observe(ms / 1000),
    meter: {
      eventStored(origin, verdict) {
        events.inc({ origin, verdict });
        if (origin === 'own') totals.eventsOut += 1;
        else totals.eventsIn += 1;
      },
      eventDelivered(ms) {
        deliveries.observe(Math.max(0, ms) / 1000);
        totals.delivered += 1;
        totals.addDelay(ms);
      },
      transaction(direction, outcome) {
        transactions.inc({ direction, outcome });
        if (direction === 'out' && outcome === 'failed') totals.failed += 1;
      },
      keysFetched: (outcome) => keys.inc({ outcome }),
      stateResolved: (ms) => resolutions.observe(ms / 1000),
      eduDropped: (kind) => droppedEdus.inc({ kind }),
    },
    measureWith(measure, waitingSyncs) {
      syncs = waitingSyncs;
      addMeasured(registry, measure);
    },
  };
};

const createTotals = () => {
  let delays: number[] = [];
  return {
    eventsIn: 0,
    eventsOut: 0,
    delivered: 0,
    failed: 0,
    requests: 0,
    addDelay(ms: number) {
      if (delays.length < MAX_DELAYS) delays.push(ms);
      else delays[Math.floor(Math.random() * MAX_DELAYS)] = ms;
    },
    takeDelays(): readonly number[] {
      const taken = delays;
      delays = [];
      return taken;
    },
  };
};

/** Anybody may send a request with a method of their own making. */
const knownMethod = (method: string): string =>
  ['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'DELETE', 'PATCH'].includes(method) ? method : 'other';

type Figure = readonly [name: string, help: string, value: (measured: Measured) => number];

const secondsSince = (ts: number | undefined, now: number): number =>
  ts === undefined ? 0 : (now - ts) / 1000;

const figures: readonly Figure[] = [
  ['causeway_staged_pdus', 'Received events that are acknowledged and not yet processed', (m) => m.staged],
  [
    'causeway_staged_oldest_seconds',
    'Age of the oldest of them',
    (m) => secondsSince(m.oldestStagedTs, m.ts),
  ],
  ['causeway_destinations', 'Servers that something was ever sent to', (m) => m.destinations],
  ['causeway_destinations_failing', 'Servers whose last delivery failed', (m) => m.failing],
  [
    'causeway_outbox_waiting_deliveries',
    'Deliveries that wait, over all servers; an event that two servers lack counts twice',
    (m) => m.waiting,
  ],
  [
    'causeway_outbox_oldest_seconds',
    'Age of the oldest event that a server lacks',
    (m) => secondsSince(m.oldestWaitingTs, m.ts),
  ],
  ['causeway_database_bytes', 'Size of the database', (m) => m.databaseBytes],
  ['causeway_database_log_bytes', 'Size of its write-ahead log', (m) => m.logBytes],
  ['causeway_media_bytes', 'Files that people sent, and copies of those of others', (m) => m.mediaBytes],
  ['causeway_media_files', 'How many they are', (m) => m.mediaFiles],
  ['causeway_disk_free_bytes', 'Free space where the data is', (m) => m.freeBytes],
  ['causeway_disk_bytes', 'Size of that disk', (m) => m.diskBytes],
];

/** One measurement serves all of them. */
const addMeasured = (registry: Registry, measure: () => Promise<Measured>): void => {
  let running: Promise<Measured> | undefined;
  const once = (): Promise<Measured> => {
    running ??= measure().finally(() => {
      running = undefined;
    });
    return running;
  };
  for (const [name, help, value] of figures) {
    new Gauge({
      ...{ name, help, registers: [registry] },
      async collect() {
        this.set(value(await once()));
      },
    });
  }
};

/** Which part of the server a path belongs to. */
export const apiOf = (path: string): Api => {
  if (path.startsWith('/_matrix/federation/') || path.startsWith('/_matrix/key/')) return 'federation';
  if (path.startsWith('/_matrix/media/') || path.startsWith('/_matrix/client/v1/media/')) return 'media';
  if (/^\/_matrix\/client\/[^/]+\/sync(?:$|\?)/.test(path)) return 'sync';
  if (path.startsWith('/_matrix/') || path.startsWith('/_synapse/')) return 'client';
  return path.startsWith('/_causeway/') ? 'workspace' : 'app';
};
