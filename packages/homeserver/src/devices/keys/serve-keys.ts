/** What other servers are told of our people's keys. @see https://spec.matrix.org/v1.19/server-server-api/#end-to-end-encryption */
import type { JsonObject, ServerName, UserId } from '@causeway/protocol';
import { type Engine, isLocal } from '../../engine.ts';
import { invalidParam, notFound } from '../../matrix-error.ts';
import { optional } from '../../optional-field.ts';
import { deviceListUpdates } from '../../store/schema.ts';
import { claimKeysOfOurPeople, type KeysClaimed, oneTimeKeysAnswer } from './claim-keys.ts';
import { crossSigningKeysOf, encryptingDevices } from './keys-of-our-people.ts';
import { type KeysAnswer, type KeysAskedFor, keysAnswer } from './people-keys.ts';
import { keysOfOurPeople } from './query-keys.ts';

/**
 * Keys of local people for a server. Nothing is told of those who may not exchange anything with it. Refuses with
 * M_INVALID_PARAM when it asks about somebody else's people.
 */
export const serveKeys = async (
  engine: Engine,
  origin: ServerName,
  asked: KeysAskedFor,
): Promise<KeysAnswer> =>
  keysAnswer(await keysOfOurPeople(engine, await thoseWhoMaySpeak(engine, origin, asked)));

/** Gives keys of local people's devices to a server; otherwise as {@link serveKeys}. */
export const serveClaim = async (
  engine: Engine,
  origin: ServerName,
  claimed: KeysClaimed,
): Promise<{ readonly one_time_keys: JsonObject }> => ({
  one_time_keys: oneTimeKeysAnswer(
    await claimKeysOfOurPeople(engine, await thoseWhoMaySpeak(engine, origin, claimed), origin),
  ),
});

/**
 * All devices of a local person that encrypt: an entry needs keys, so those without are told by updates alone. Refuses with M_INVALID_PARAM for somebody else's, M_NOT_FOUND when there is
 * no such person.
 *
 * @see https://spec.matrix.org/v1.19/server-server-api/#get_matrixfederationv1userdevicesuserid
 */
export const serveDevices = async (
  engine: Engine,
  origin: ServerName,
  userId: UserId,
): Promise<JsonObject> => {
  requireLocal(engine, userId);
  if (!(await engine.directory.exists(userId))) throw notFound(`There is no user ${userId}.`);
  const isSilent = !(await maySpeak(engine, origin, userId));
  return engine.store.read(async (reader) => {
    const user_nid = await engine.names.userNid(reader, userId);
    const newest =
      user_nid === undefined
        ? undefined
        : await reader.first(deviceListUpdates, {
            index: 'by_stream_id',
            where: { user_nid },
            reverse: true,
          });
    const list = { user_id: userId, stream_id: newest?.stream_id ?? 0 };
    if (isSilent) return { ...list, devices: [] };
    const devices = await encryptingDevices(engine, reader, userId);
    const { master, self_signing } = await crossSigningKeysOf(engine, reader, userId);
    return {
      ...list,
      devices: devices.map(({ deviceId, keys }) => ({ device_id: deviceId, keys })),
      ...optional('master_key', master),
      ...optional('self_signing_key', self_signing),
    };
  });
};

const requireLocal = (engine: Engine, userId: UserId): void => {
  if (!isLocal(engine, userId)) {
    throw invalidParam(`This server can only tell about users of ${engine.serverName}.`);
  }
};

const maySpeak = async (engine: Engine, origin: ServerName, user: UserId): Promise<boolean> =>
  (await engine.policy.ask({ kind: 'speak-outside', user, servers: [origin] })).allowed;

const thoseWhoMaySpeak = async <V>(
  engine: Engine,
  origin: ServerName,
  asked: ReadonlyMap<UserId, V>,
): Promise<ReadonlyMap<UserId, V>> => {
  for (const userId of asked.keys()) requireLocal(engine, userId);
  const told = new Map<UserId, V>();
  for (const [userId, value] of asked) {
    if (await maySpeak(engine, origin, userId)) told.set(userId, value);
  }
  return told;
};
