import { isJsonObject, type JsonObject, type JsonValue, parseJson } from '@causeway/protocol';

/** A key as it was stored. */
export const storedValue = (json: string): JsonValue => {
  const parsed = parseJson(json);
  if (!parsed.ok) throw new Error('a stored key is not JSON');
  return parsed.value;
};

/** A key that is an object. */
export const storedKey = (json: string): JsonObject => {
  const value = storedValue(json);
  if (!isJsonObject(value)) throw new Error('a stored key is not an object');
  return value;
};
