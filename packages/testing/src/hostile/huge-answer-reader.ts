/**
 * A process with one homeserver, which joins a room through another server when its parent says so, and tells what came of
 * it and how much memory that took.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHomeserver, engineTables, joinRoom, MatrixError } from '@causeway/homeserver';
import { createEgress } from '@causeway/http';
import { parseUserId } from '@causeway/protocol';
import { openSqliteStore } from '@causeway/storage';
import { createMemoryBlobs } from '../memory-blobs.ts';

export type ToReader =
  | {
      readonly kind: 'start';
      readonly authority: string;
      /** Where other servers are. */
      readonly overrides: readonly (readonly [serverName: string, place: string])[];
    }
  | { readonly kind: 'join'; readonly roomId: string; readonly via: string };

export type FromReader =
  | { readonly kind: 'ready' }
  /** Why it could not join, '' when it could; how many resident bytes it had at most beyond those from before. */
  | { readonly kind: 'joined'; readonly refusal: string; readonly growth: number };

const SAMPLE_MS = 20;
const tell = (message: FromReader) => process.send?.(message);

const folder = mkdtempSync(join(tmpdir(), 'causeway-test-'));
process.on('disconnect', () => {
  rmSync(folder, { recursive: true, force: true });
  process.exit(0);
});

const start = async (authority: string, overrides: Extract<ToReader, { kind: 'start' }>['overrides']) => {
  const store = await openSqliteStore({ path: join(folder, 'causeway.db'), tables: engineTables });
  const { engine } = await createHomeserver(
    { serverName: 'north.test', signingKey: { seed: new Uint8Array(32).fill(7), version: 'test' } },
    {
      store,
      blobs: createMemoryBlobs(),
      transport: createEgress({
        overrides: new Map(overrides),
        allowPrivateAddresses: true,
        extraCa: authority,
      }),
      directory: { exists: async () => true, profile: async () => undefined },
      policy: { ask: async () => ({ allowed: true }) },
      // A fault of this process stands in the output of the test; the thousands of refusals are what is tested.
      log: { info: () => {}, warn: () => {}, error: (event, error) => console.error(event, error) },
    },
  );
  return engine;
};

const joinAndMeasure = async (engine: Awaited<ReturnType<typeof start>>, roomId: string, via: string) => {
  globalThis.gc?.();
  const before = process.memoryUsage.rss();
  let peak = before;
  const sampling = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage.rss());
  }, SAMPLE_MS);
  const userId = parseUserId('@nora:north.test');
  if (userId === undefined) throw new Error('not a user ID');
  let refusal = '';
  try {
    await joinRoom(engine, { userId, roomIdOrAlias: roomId, via: [via] });
  } catch (error) {
    refusal = error instanceof MatrixError ? error.message : `a fault of ours: ${String(error)}`;
  }
  clearInterval(sampling);
  tell({ kind: 'joined', refusal, growth: Math.max(peak, process.memoryUsage.rss()) - before });
};

let engine: Awaited<ReturnType<typeof start>> | undefined;

process.on('message', async (message: ToReader) => {
  if (message.kind === 'start') {
    engine = await start(message.authority, message.overrides);
    tell({ kind: 'ready' });
  } else if (engine !== undefined) await joinAndMeasure(engine, message.roomId, message.via);
});
