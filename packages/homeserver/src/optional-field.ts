import type { JsonObject, JsonValue } from '@causeway/protocol';

/** For spreading into an object that is hashed or sent: no field at all when there is no value. */
export const optional = (name: string, value: JsonValue | undefined): JsonObject =>
  value === undefined ? {} : { [name]: value };
