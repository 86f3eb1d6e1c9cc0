/**
 * Signatures on JSON objects.
 *
 * @see https://spec.matrix.org/v1.19/appendices/#signing-json
 */
import type { KeyId, ServerName } from '../identifiers/identifiers.ts';
import { decodeBase64, encodeBase64 } from '../json/base64.ts';
import { canonicalJsonBytes } from '../json/canonical-json.ts';
import { findJsonFault } from '../json/find-json-fault.ts';
import { isJsonObject, type JsonObject, ownProperty } from '../json/json-value.ts';
import type { VerifyKey } from './ed25519.ts';
import type { SigningKey } from './signing-key.ts';

/** The object with one more signature; throws on what canonical JSON cannot express. */
export function signJson(object: JsonObject, serverName: ServerName | string, key: SigningKey): JsonObject {
  const { signatures, unsigned: _unsigned, ...signed } = object;
  const signature = encodeBase64(key.sign(canonicalJsonBytes(signed)));
  return {
    ...object,
    signatures: addSignature(isJsonObject(signatures) ? signatures : {}, serverName, key.keyId, signature),
  };
}

/** A `signatures` object with one more signature. */
function addSignature<Entry extends JsonObject>(
  signatures: { readonly [server: string]: Entry | JsonObject[string] },
  serverName: string,
  keyId: string,
  signature: string,
): JsonObject {
  const own = ownProperty(signatures, serverName);
  return { ...signatures, [serverName]: { ...(isJsonObject(own) ? own : {}), [keyId]: signature } };
}

/** Whether the object holds a valid signature of this server by this key. */
export function verifyJson(
  object: JsonObject,
  serverName: ServerName | string,
  keyId: KeyId | string,
  key: VerifyKey,
): boolean {
  const { signatures, unsigned: _unsigned, ...signed } = object;
  const signature = signatureIn(signatures, serverName, keyId);
  if (signature === undefined || findJsonFault(signed) !== undefined) return false;
  return key.verify(canonicalJsonBytes(signed), signature);
}

/** The bytes of one signature, or undefined when there is none or it is not Base64. */
export function signatureIn(
  signatures: JsonObject[string] | undefined,
  serverName: string,
  keyId: string,
): Uint8Array | undefined {
  const ofServer = isJsonObject(signatures) ? ownProperty(signatures, serverName) : undefined;
  const base64 = isJsonObject(ofServer) ? ownProperty(ofServer, keyId) : undefined;
  return typeof base64 === 'string' ? decodeBase64(base64) : undefined;
}
