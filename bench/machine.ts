/**
 * The two yardsticks. V: Ed25519 verifications per second of libsodium on one core, each of a message as long
 * as what an event's signature signs. D: fdatasync calls per second after writing 1 KB each.
 *
 * Both are taken directly before and after every row, so that a row is compared with the machine as it was
 * in that very moment, whatever else ran on it.
 */
import { closeSync, fdatasyncSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { importVerifyKey, signingKeyFromSeed } from '@causeway/protocol';
import { sodiumBackend } from '../packages/protocol/src/signing/ed25519-backend.ts';

export type Machine = {
  /** Verifications per second. */
  readonly v: number;
  /** Durable writes per second. */
  readonly d: number;
};

const MESSAGE_BYTES = 500;
const VERIFY_MS = 150;
const SYNC_MS = 150;
const BETWEEN_LOOKS_AT_THE_CLOCK = 50;

export const measureMachine = (folder: string): Machine => ({
  v: verificationsPerSecond(),
  d: syncsPerSecond(folder),
});

export const meanOf = (a: Machine, b: Machine): Machine => ({ v: (a.v + b.v) / 2, d: (a.d + b.d) / 2 });

const verificationsPerSecond = (): number => {
  if (sodiumBackend === undefined) throw new Error('V is defined by libsodium, which does not load here');
  const key = signingKeyFromSeed(Buffer.alloc(32, 7), 'bench', sodiumBackend);
  const verifyKey = importVerifyKey(key.publicKey, sodiumBackend);
  const message = Buffer.alloc(MESSAGE_BYTES, 0x61);
  const signature = key.sign(message);
  return perSecond(VERIFY_MS, () => {
    if (verifyKey?.verify(message, signature) !== true) throw new Error('a good signature does not verify');
  });
};

const syncsPerSecond = (folder: string): number => {
  const path = join(folder, 'yardstick');
  const file = openSync(path, 'w');
  const block = Buffer.alloc(1024, 0x62);
  try {
    return perSecond(SYNC_MS, () => {
      writeSync(file, block);
      fdatasyncSync(file);
    });
  } finally {
    closeSync(file);
    rmSync(path);
  }
};

const perSecond = (forMs: number, once: () => void): number => {
  const start = performance.now();
  for (let count = 0; ; ) {
    for (let i = 0; i < BETWEEN_LOOKS_AT_THE_CLOCK; i++) once();
    count += BETWEEN_LOOKS_AT_THE_CLOCK;
    const elapsed = performance.now() - start;
    if (elapsed >= forMs) return (count * 1000) / elapsed;
  }
};
