/** What of a person's keys is kept here, for a copy that they can take along. */
import type { JsonObject, UserId } from '@causeway/protocol';
import type { Engine } from '../../engine.ts';
import { fallbackKeys, keySignatures, oneTimeKeys } from '../../store/schema.ts';
import { crossSigningKeysOf, encryptingDevices } from './keys-of-our-people.ts';
import { storedValue } from './stored-key.ts';

/** Public keys only: no server has others. */
export const keysKeptOf = (engine: Engine, userId: UserId): Promise<JsonObject> =>
  engine.store.read(async (reader) => {
    const user_nid = await engine.names.userNid(reader, userId);
    if (user_nid === undefined) return { devices: [], cross_signing: {}, signatures_of_others: [] };
    const devices: JsonObject[] = [];
    for (const { deviceId, keys } of await encryptingDevices(engine, reader, userId)) {
      const where = { user_nid, device_id: deviceId };
      const named = (rows: readonly { algorithm: string; key_id: string; json: string }[]) =>
        Object.fromEntries(rows.map((row) => [`${row.algorithm}:${row.key_id}`, storedValue(row.json)]));
      devices.push({
        device_keys: keys,
        one_time_keys: named(await reader.scan(oneTimeKeys, { where })),
        fallback_keys: named(await reader.scan(fallbackKeys, { where })),
      });
    }
    const signed: JsonObject[] = [];
    for (const row of await reader.scan(keySignatures, { where: { signer_nid: user_nid } })) {
      const { target, key_id, signature } = row;
      signed.push({
        ...{ user_id: await engine.names.userId(reader, row.user_nid), key: target, key_id, signature },
      });
    }
    const cross_signing = await crossSigningKeysOf(engine, reader, userId);
    return { devices, cross_signing: { ...cross_signing }, signatures_of_others: signed };
  });
