/**
 * Public keys whose private half is known to everybody: whoever reads it can sign in the name of a server that uses
 * one. They are valid points, so {@link importVerifyKey} takes them; whoever decides about trust asks here too.
 */
const PUBLISHED: ReadonlySet<string> = new Set([
  // https://spec.matrix.org/v1.19/appendices/#cryptographic-test-vectors
  'XGX0JRS2Af3be3knz2fBiRbApjm2Dh61gXDJA8kcJNI',
  // Made in the same way by every installation of some releases of a Helm chart: CVE-2026-24044, ELEMENTSEC-2025-1670.
  'l/O9hxMVKB6Lg+3Hqf0FQQZhVESQcMzbPN1Cz2nM3og',
  // The seed is 32 bytes of zero, https://www.rfc-editor.org/rfc/rfc8032#section-7.1 has the next three.
  'O2onvM62pC1io6jQKm8Nc2UyFXcd4kOmOsBIoYtZ2ik',
  '11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo',
  'PUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw',
  '/FHNjmIYoaONpH7QAjDwWAgW7RO6MwOsXeuRFUiQgCU',
]);

/** Whether the private half of this public key, in unpadded Base64, is known to everybody. */
export function isPublishedKey(publicKey: string): boolean {
  return PUBLISHED.has(publicKey);
}
