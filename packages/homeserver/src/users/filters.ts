/** Uploaded filters. @see https://spec.matrix.org/v1.19/client-server-api/#filtering */
import { createHash } from 'node:crypto';
import { isJsonObject, type JsonObject, parseJson, type UserId } from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import { notFound } from '../matrix-error.ts';
import { filters } from '../store/schema.ts';
import { parseSyncFilter } from '../sync/filter.ts';

/** Keeps a filter; the same filter gets the same ID. @throws M_BAD_JSON */
export const putFilter = async (engine: Engine, userId: UserId, filter: JsonObject): Promise<string> => {
  parseSyncFilter(filter);
  const json = JSON.stringify(filter);
  const filterId = createHash('sha256').update(json).digest('base64url').slice(0, 16);
  await engine.store.transact(async (tx) => {
    const user_nid = await engine.names.internUser(tx, userId);
    await tx.put(filters, { user_nid, filter_id: filterId, json });
  });
  return filterId;
};

/** @throws M_NOT_FOUND */
export const getFilter = async (engine: Engine, userId: UserId, filterId: string): Promise<JsonObject> => {
  const row = await engine.store.read(async (reader) => {
    const user_nid = await engine.names.userNid(reader, userId);
    return user_nid === undefined ? undefined : reader.get(filters, { user_nid, filter_id: filterId });
  });
  const parsed = row && parseJson(row.json);
  if (parsed?.ok !== true || !isJsonObject(parsed.value)) throw notFound(`There is no filter "${filterId}".`);
  return parsed.value;
};
