import type { KeyId, ServerName } from '../identifiers/identifiers.ts';
import type { JsonValue } from '../json/json-value.ts';
import type { VerifyKey } from './ed25519.ts';
import type { SigningKey } from './signing-key.ts';

export type XMatrixHeader = {
  readonly origin: ServerName;
  readonly destination?: ServerName;
  readonly keyId: KeyId;
  /** Unpadded Base64. */
  readonly signature: string;
};

export type RequestToSign = {
  /** In capital letters. */
  readonly method: string;
  /** Path and query as sent, beginning with `/_matrix`. */
  readonly uri: string;
  readonly origin: ServerName;
  readonly destination: ServerName;
  /** The parsed body; absent when there is none. */
  readonly content?: JsonValue;
};

export type RequestToVerify = Omit<RequestToSign, 'origin'>;

/** The value of the `Authorization` header of a request. */
export function signRequest(request: RequestToSign, key: SigningKey): string {
  throw new Error(`not yet ${request.uri} ${key.keyId}`);
}

/** Reads an `Authorization` header; undefined when it is not a complete X-Matrix header. */
export function parseXMatrix(header: string): XMatrixHeader | undefined {
  throw new Error(`not yet ${header}`);
}

/** Whether the header signs this request, when `destination` is the name the request was meant for. */
export function verifyRequest(header: XMatrixHeader, request: RequestToVerify, key: VerifyKey): boolean {
  throw new Error(`not yet ${header.origin} ${request.uri} ${key.base64}`);
}
