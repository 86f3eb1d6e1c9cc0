/**
 * The signature of a request between servers, in its `Authorization` header.
 *
 * @see https://spec.matrix.org/v1.19/server-server-api/#request-authentication
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-11.4
 */
import { type KeyId, parseKeyId, parseServerName, type ServerName } from '../identifiers/identifiers.ts';
import { decodeBase64, encodeBase64 } from '../json/base64.ts';
import { canonicalJson, canonicalJsonAsWritten, canonicalString } from '../json/canonical-json.ts';
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
  /** The body as canonical JSON, in place of `content`, when it is already written. */
  readonly canonicalContent?: string;
};

export type RequestToVerify = {
  /** In capital letters. */
  readonly method: string;
  /** Path and query as received, beginning with `/_matrix`. */
  readonly uri: string;
  /** The name of ours that the request was meant for. */
  readonly destination: ServerName;
  /** The body as `parseJson` read it; absent when there is none. */
  readonly content?: JsonValue;
  /**
   * The body as received. Most servers send canonical JSON, so the signature is first checked with this; only
   * if that fails, `content` is written canonically.
   */
  readonly contentText?: string;
};

/** The value of the `Authorization` header of a request. */
export function signRequest(request: RequestToSign, key: SigningKey): string {
  const { origin, destination, content } = request;
  const body = request.canonicalContent ?? (content === undefined ? undefined : canonicalJson(content));
  const signature = encodeBase64(key.sign(requestBytes(request, origin, body)));
  return `X-Matrix origin="${origin}",destination="${destination}",key="${key.keyId}",sig="${signature}"`;
}

/**
 * Reads an `Authorization` header. Names are case-insensitive and in any order, values quoted or not, unknown
 * parameters ignored. Undefined when it is another scheme, when a parameter is missing, given twice or not of
 * its grammar.
 */
export function parseXMatrix(header: string): XMatrixHeader | undefined {
  const scheme = /^X-Matrix +/i.exec(header);
  const parameters = scheme === null ? undefined : parseParameters(header.slice(scheme[0].length));
  if (parameters === undefined) return undefined;
  const origin = parseServerName(parameters.get('origin') ?? '');
  const keyId = parseKeyId(parameters.get('key') ?? '');
  // The specification's text calls it `signature`; its example and every server call it `sig`.
  const signature = parameters.get('sig') ?? parameters.get('signature');
  if (origin === undefined || keyId === undefined || signature === undefined) return undefined;
  const to = parameters.get('destination');
  if (to === undefined) return { origin, keyId, signature };
  const destination = parseServerName(to);
  return destination === undefined ? undefined : { origin, destination, keyId, signature };
}

/** Whether the header signs this request, and for this destination. */
export function verifyRequest(header: XMatrixHeader, request: RequestToVerify, key: VerifyKey): boolean {
  if (header.destination !== undefined && header.destination !== request.destination) return false;
  if (!header.keyId.startsWith('ed25519:')) return false;
  const signature = decodeBase64(header.signature);
  if (signature === undefined) return false;
  const { content, contentText } = request;
  if (content === undefined) return key.verify(requestBytes(request, header.origin, undefined), signature);
  if (contentText !== undefined && key.verify(requestBytes(request, header.origin, contentText), signature)) {
    return true;
  }
  const written = canonicalJsonAsWritten(content);
  return written !== contentText && key.verify(requestBytes(request, header.origin, written), signature);
}

/** The canonical JSON that is signed, given its `content` as canonical JSON. */
function requestBytes(
  request: { readonly method: string; readonly uri: string; readonly destination: ServerName },
  origin: ServerName,
  content: string | undefined,
): Uint8Array {
  const { method, uri, destination } = request;
  const members = [
    ...(content === undefined ? [] : [`"content":${content}`]),
    `"destination":${canonicalString(destination)}`,
    `"method":${canonicalString(method)}`,
    `"origin":${canonicalString(origin)}`,
    `"uri":${canonicalString(uri)}`,
  ];
  return Buffer.from(`{${members.join(',')}}`, 'utf8');
}

/**
 * A list of `name=value` with optional white space around commas and equals signs; a value is a quoted string or
 * any run of characters without white space, comma and quote, which is more than the token that RFC 9110 asks
 * for: colons are allowed because older servers do not quote them.
 */
function parseParameters(text: string): ReadonlyMap<string, string> | undefined {
  const parameters = new Map<string, string>();
  const parameter =
    /[ \t,]*([!#$%&'*+.^_`|~0-9A-Za-z-]+)[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|([^\s",]+))[ \t]*(?=,|$)/y;
  while (parameter.lastIndex < text.length) {
    const match = parameter.exec(text);
    if (match === null) return undefined;
    const [, name = '', quoted, bare] = match;
    const key = name.toLowerCase();
    if (parameters.has(key)) return undefined;
    parameters.set(key, quoted === undefined ? (bare ?? '') : quoted.replaceAll(/\\(.)/g, '$1'));
    if (/^[ \t,]*$/.test(text.slice(parameter.lastIndex))) break;
  }
  return parameters;
}
