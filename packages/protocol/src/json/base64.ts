/**
 * Base64 as Matrix writes it (without padding) and reads it (strictly, padded or not).
 *
 * @see https://spec.matrix.org/v1.19/appendices/#unpadded-base64
 */

/** Standard alphabet, no padding. */
export function encodeBase64(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
  return withoutPadding(text);
}

/** URL-safe alphabet, no padding. */
export function encodeBase64Url(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64url');
}

/**
 * Decodes standard Base64, padded or unpadded. Undefined for anything else: other characters, an impossible
 * length, wrong padding, or unused bits that are not zero.
 */
export function decodeBase64(text: string): Uint8Array | undefined {
  const unpadded = withoutPadding(text);
  if (unpadded.length !== text.length && text.length % 4 !== 0) return undefined;
  const bytes = Buffer.from(unpadded, 'base64');
  // Buffer skips what it does not know, so only the way back shows whether all of the text was Base64.
  return encodeBase64(bytes) === unpadded ? new Uint8Array(bytes) : undefined;
}

function withoutPadding(text: string): string {
  if (text.endsWith('==')) return text.slice(0, -2);
  return text.endsWith('=') ? text.slice(0, -1) : text;
}
