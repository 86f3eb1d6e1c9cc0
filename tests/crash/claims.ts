/** One-time keys that are uploaded and claimed through every crash, here and from the other server: each is given once. */
import { setTimeout as wait } from 'node:timers/promises';
import { type EncryptingDevice, newDevice } from '@causeway/testing/encrypting-client';
import type { Outcome } from './cases.ts';
import type { Answer, Client, JsonBody } from './client.ts';
import type { Pair } from './pair.ts';

const KEYS_AT_ONCE = 20;
/** No more are uploaded while so many wait. */
const ENOUGH = 60;
const UPLOAD_PAUSE_MS = 200;
const CLAIM_PAUSE_MS = 100;

export interface Claims {
  /** Ends the claiming, and says which keys were given twice. */
  finish(): Promise<Outcome>;
}

export const startClaims = async ({ places }: Pair): Promise<Claims> => {
  const ending = new AbortController();
  const given = new Map<string, string>();
  const faults: string[] = [];
  const fault = (text: string) => void faults.push(text);
  const work: Promise<void>[] = [];
  for (const { writers } of places) {
    const [owner] = writers;
    const { device_id } = await owner.ok('GET', 'v3/account/whoami');
    const deviceId = String(device_id);
    const device = newDevice({ userId: owner.userId, deviceId });
    await owner.ok('POST', 'v3/keys/upload', { device_keys: device.deviceKeys });
    work.push(keepUploading(owner, device, { signal: ending.signal, fault }));
    const note = (name: string, claimant: string): void => {
      const key = `${owner.userId} ${name}`;
      const before = given.get(key);
      if (before !== undefined) faults.push(`${key} was given to ${before} and to ${claimant}`);
      given.set(key, claimant);
    };
    for (const { reader } of places) {
      work.push(
        keepClaiming(reader, { userId: owner.userId, deviceId, note }, { signal: ending.signal, fault }),
      );
    }
  }
  return {
    async finish() {
      ending.abort();
      await Promise.all(work);
      const claimants = new Set(given.values()).size;
      if (claimants < places.length) fault(`only ${claimants} people got any key`);
      return { faults, note: `${given.size} keys given` };
    },
  };
};

type Running = { readonly signal: AbortSignal; readonly fault: (text: string) => void };

/** The body of a success; a process that is not there is no fault. */
const bodyOf = (answer: Answer, what: string, fault: Running['fault']): JsonBody | undefined => {
  if (answer.kind === 'broken' || answer.status === 503) return undefined;
  if (answer.status === 200) return answer.body;
  fault(`${what} was answered with ${answer.status} ${JSON.stringify(answer.body)}`);
  return undefined;
};

/** Keys whose upload was not answered are sent once more, as clients do. */
const keepUploading = async (
  owner: Client,
  device: EncryptingDevice,
  { signal, fault }: Running,
): Promise<void> => {
  let keys = {};
  while (!signal.aborted) {
    const answer = await owner.request('POST', 'v3/keys/upload', { one_time_keys: keys });
    const body = bodyOf(answer, 'an upload', fault);
    if (body !== undefined) {
      const counts: { readonly signed_curve25519?: number } = Object(body.one_time_key_counts);
      keys = (counts.signed_curve25519 ?? 0) < ENOUGH ? device.oneTimeKeys(KEYS_AT_ONCE) : {};
    }
    await wait(UPLOAD_PAUSE_MS);
  }
};

const keepClaiming = async (
  claimant: Client,
  of: {
    readonly userId: string;
    readonly deviceId: string;
    readonly note: (name: string, claimant: string) => void;
  },
  { signal, fault }: Running,
): Promise<void> => {
  const wanted = { one_time_keys: { [of.userId]: { [of.deviceId]: 'signed_curve25519' } } };
  while (!signal.aborted) {
    const answer = await claimant.request('POST', 'v3/keys/claim', wanted);
    const users = Object(bodyOf(answer, 'a claim', fault)?.one_time_keys);
    for (const name of Object.keys(Object(Object(users[of.userId])[of.deviceId]))) {
      of.note(name, claimant.userId);
    }
    await wait(CLAIM_PAUSE_MS);
  }
};
