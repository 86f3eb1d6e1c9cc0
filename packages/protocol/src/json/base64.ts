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
 * length, wrong padding. Unused bits at the end may be anything, as other servers accept them too.
 */
export function decodeBase64(text: string): Uint8Array | undefined {
  const unpadded = withoutPadding(text);
  if (unpadded.length !== text.length && text.length % 4 !== 0) return undefined;
  if (unpadded.length % 4 === 1 || !/^[A-Za-z0-9+/]*$/.test(unpadded)) return undefined;
  return Buffer.from(unpadded, 'base64');
}

function withoutPadding(text: string): string {
  if (text.endsWith('==')) return text.slice(0, -2);
  return text.endsWith('=') ? text.slice(0, -1) : text;
}
