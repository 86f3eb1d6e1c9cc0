/** @see https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3keysclaim */
import type { JsonObject, ServerName, UserId } from '@causeway/protocol';
import { type Engine, isLocal } from '../../engine.ts';
import { askForOneTimeKeys } from './ask-for-one-time-keys.ts';
import { askServers, type Failures } from './ask-servers.ts';
import type { OneTimeKey } from './one-time-key.ts';
import { takeKey } from './one-time-keys.ts';
import { byServer } from './keys-elsewhere.ts';

/** For which devices of whom a key is wanted, and of which algorithm. */
export type KeysClaimed = ReadonlyMap<UserId, ReadonlyMap<string, string>>;

/** The keys that were given, by user and device. */
export type ClaimedKeys = ReadonlyMap<UserId, ReadonlyMap<string, OneTimeKey>>;

/** A client claims keys of devices, here and elsewhere. */
export type KeyClaim = {
  readonly claimant: UserId;
  readonly claimed: KeysClaimed;
  /** How long other servers may take, together. */
  readonly timeoutMs: number;
  /** Aborted when the client is gone. */
  readonly signal?: AbortSignal;
};

/** One key of each of these devices that has any. */
export const claimKeys = async (
  engine: Engine,
  { claimant, claimed, timeoutMs, signal }: KeyClaim,
): Promise<{ readonly one_time_keys: JsonObject; readonly failures: Failures }> => {
  const local = new Map([...claimed].filter(([userId]) => isLocal(engine, userId)));
  const outsiders = byServer(new Map([...claimed].filter(([userId]) => !isLocal(engine, userId))));
  const [ours, elsewhere] = await Promise.all([
    claimKeysOfOurPeople(engine, local),
    askServers(engine, outsiders, { user: claimant, timeoutMs, signal }, askForOneTimeKeys),
  ]);
  const people = new Map([...ours, ...elsewhere.answers.flatMap((answer) => [...answer])]);
  return { one_time_keys: oneTimeKeysAnswer(people), failures: elsewhere.failures };
};

/** By user and device, as both APIs write it. */
export const oneTimeKeysAnswer = (claimed: ClaimedKeys): JsonObject =>
  Object.fromEntries(
    [...claimed].map(([userId, devices]) => [
      userId,
      Object.fromEntries(
        [...devices].map(([deviceId, { name, value }]) => [deviceId, Object.fromEntries([[name, value]])]),
      ),
    ]),
  );

/** Claims in one commit: other writes come between these. */
const CLAIMS_AT_ONCE = 100;

/**
 * Gives a key of each device out, which nobody gets again unless it is a fallback key: it is deleted before it is answered.
 * Syncs of devices that have fewer now are woken. `origin`: the other server that claims.
 */
export const claimKeysOfOurPeople = async (
  engine: Engine,
  claimed: KeysClaimed,
  origin?: ServerName,
): Promise<ClaimedKeys> => {
  const wanted = [...claimed].flatMap(([userId, devices]) =>
    [...devices].map(([deviceId, algorithm]) => ({ userId, deviceId, algorithm })),
  );
  const given = new Map<UserId, Map<string, OneTimeKey>>();
  for (let at = 0; at < wanted.length; at += CLAIMS_AT_ONCE) {
    const some = await claimSome(engine, wanted.slice(at, at + CLAIMS_AT_ONCE), origin);
    for (const { userId, deviceId, key } of some) {
      const devices = given.get(userId) ?? new Map<string, OneTimeKey>();
      given.set(userId, devices.set(deviceId, key));
    }
  }
  return given;
};

type Wanted = { readonly userId: UserId; readonly deviceId: string; readonly algorithm: string };

const claimSome = async (
  engine: Engine,
  wanted: readonly Wanted[],
  origin: ServerName | undefined,
): Promise<readonly (Wanted & { readonly key: OneTimeKey })[]> => {
  const { given, stream, userNids } = await engine.store.transact(async (tx) => {
    const given: (Wanted & { readonly key: OneTimeKey })[] = [];
    const concerned: { readonly userNid: number; readonly deviceId: string }[] = [];
    for (const one of wanted) {
      const userNid = await engine.names.userNid(tx, one.userId);
      if (userNid === undefined) continue;
      const device = { user_nid: userNid, device_id: one.deviceId };
      const isWithin = () => origin === undefined || engine.claims?.take(origin, device) !== false;
      const taken = await takeKey(tx, device, one.algorithm, isWithin);
      if (taken === undefined) continue;
      given.push({ ...one, key: taken.key });
      if (taken.concerns) concerned.push({ userNid, deviceId: one.deviceId });
    }
    if (concerned.length === 0) return { given, stream: undefined, userNids: [] };
    const stream = await tx.next('stream');
    for (const { userNid, deviceId } of concerned) {
      engine.activity.deviceKeysChanged(userNid, deviceId, stream);
    }
    return { given, stream, userNids: concerned.map(({ userNid }) => userNid) };
  });
  if (stream !== undefined) engine.notifier.publish({ stream, userNids });
  return given;
};
