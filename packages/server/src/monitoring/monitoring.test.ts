import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { createMemoryStore, engineTables, type Store, systemClock } from '@causeway/homeserver';
import { workspaceTables } from '@causeway/workspace';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dataFolderAt } from '../data/data-folder.ts';
import { openListeners } from '../listeners/listeners.ts';
import { silentLog } from '../log/create-log.ts';
import { temporaryFolder } from '../test-support/causeway-process.ts';
import { createFrontDoor } from '../workspace/front-door.ts';
import { createHealth, type HealthParts, LONGEST_STEP_MS } from './health.ts';
import { createMeasure } from './measure.ts';
import { createMetrics } from './metrics.ts';

let folder: string;
beforeAll(() => {
  folder = temporaryFolder();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const memory = () => createMemoryStore([...engineTables, ...workspaceTables]);

const open = async (
  store: Store = memory(),
  broken: Partial<Pick<HealthParts, 'hasItsTables' | 'longestStep' | 'dataFolder'>> = {},
) => {
  const sound = { dataFolder: folder, hasItsTables: () => true, longestStep: () => 0 };
  const health = createHealth({ store, clock: systemClock, ...sound, ...broken });
  const metrics = createMetrics('1.2.3');
  metrics.measureWith(
    createMeasure(dataFolderAt(folder), store, () => undefined),
    () => 3,
  );
  const frontDoor = createFrontDoor({ health, metrics, metricsToken: 'secret', log: silentLog });
  frontDoor.open((_request, response) => void response.writeHead(204).end());
  const config = { bind: '127.0.0.1', httpPort: 0, federationPort: 0, tls: undefined };
  const listeners = await openListeners(config, frontDoor.handle, silentLog);
  const get = async (path: string, headers: { readonly [name: string]: string } = {}) => {
    const answer = await fetch(`http://127.0.0.1:${listeners.httpPort}${path}`, { headers });
    return { status: answer.status, text: await answer.text() };
  };
  return {
    health,
    get,
    [Symbol.asyncDispose]: async () => {
      listeners.destroy();
      await listeners.close();
    },
  };
};

describe('health', () => {
  it('is ready while the database takes writes', async () => {
    await using server = await open();
    expect(await server.get('/health/live')).toMatchObject({ status: 200 });
    expect(await server.get('/health/ready')).toMatchObject({ status: 200 });
  });

  it('is live and not ready when the database does not take writes', async () => {
    const store: Store = {
      ...memory(),
      transact: async () => {
        throw new Error('disk full');
      },
    };
    await using server = await open(store);
    expect(await server.get('/health/live')).toMatchObject({ status: 200 });
    const answer = await server.get('/health/ready');
    expect(answer.status).toBe(503);
    expect(answer.text).not.toContain('disk full');
  });

  it.each([
    ['tables', { hasItsTables: () => false }, /not those of this version/],
    ['outbox', { longestStep: () => LONGEST_STEP_MS + 1 }, /worker does not go on/],
    ['disk', { dataFolder: join('/', 'nothing', 'here') }, /does not take files/],
  ] as const)('is not ready, and says which part it is: %s', async (name, broken, reason) => {
    await using server = await open(memory(), broken);
    const { status, text } = await server.get('/health/ready');
    expect(status).toBe(503);
    const { reason: told, checks } = JSON.parse(text) as {
      readonly reason: string;
      readonly checks: { readonly [name: string]: string };
    };
    expect(told).toMatch(reason);
    expect(Object.keys(checks).filter((check) => checks[check] !== 'ok')).toEqual([name]);
  });

  it('is not ready while shutting down', async () => {
    await using server = await open();
    server.health.startDraining();
    expect(await server.get('/health/ready')).toMatchObject({ status: 503 });
  });
});

describe('metrics', () => {
  it('count answered requests by kind, without names', async () => {
    await using server = await open();
    await server.get('/_matrix/client/v3/rooms/!secret:north.test/state');
    await server.get('/_matrix/federation/v1/version');
    const { status, text } = await server.get('/metrics');
    expect(status).toBe(200);
    expect(text).toContain('causeway_http_requests_total{api="client",method="GET",status="2xx"} 1');
    expect(text).toContain('causeway_http_requests_total{api="federation",method="GET",status="2xx"} 1');
    expect(text).toContain('causeway_info{version="1.2.3"} 1');
    expect(text).toContain('causeway_staged_pdus 0');
    expect(text).toContain('causeway_syncs_waiting 3');
    expect(text).toMatch(/causeway_disk_free_bytes \d+/);
    expect(text).not.toContain('secret');
  });

  it('are not for those behind a proxy, unless they have the token', async () => {
    await using server = await open();
    const behindProxy = { 'x-forwarded-for': '203.0.113.9' };
    expect(await server.get('/metrics', behindProxy)).toMatchObject({ status: 403 });
    expect(await server.get('/metrics', { ...behindProxy, authorization: 'Bearer wrong' })).toMatchObject({
      status: 403,
    });
    expect(await server.get('/metrics', { ...behindProxy, authorization: 'Bearer secret' })).toMatchObject({
      status: 200,
    });
  });
});
