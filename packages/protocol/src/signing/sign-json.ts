import type { KeyId, ServerName } from '../identifiers/identifiers.ts';
import type { JsonObject } from '../json/json-value.ts';
import type { VerifyKey } from './ed25519.ts';
import type { SigningKey } from './signing-key.ts';

/** The object with one more signature. */
export function signJson(object: JsonObject, serverName: ServerName | string, key: SigningKey): JsonObject {
  throw new Error(`not yet ${typeof object} ${serverName} ${key.keyId}`);
}

/** Whether the object holds a valid signature of this server by this key. */
export function verifyJson(
  object: JsonObject,
  serverName: ServerName | string,
  keyId: KeyId | string,
  key: VerifyKey,
): boolean {
  throw new Error(`not yet ${typeof object} ${serverName} ${key.base64} ${keyId}`);
}
