import { JsonFault, type JsonValue } from './json-value.ts';

/** The first fault inside a value, or undefined when it can be canonical JSON. */
export function findJsonFault(value: JsonValue): JsonFault | undefined {
  return value instanceof JsonFault ? value : undefined;
}

/** Canonical JSON text of a value; throws on a fault. */
export function canonicalJson(value: JsonValue): string {
  throw new Error(`not yet: ${typeof value}`);
}

/** Canonical JSON as UTF-8 bytes. */
export function canonicalJsonBytes(value: JsonValue): Uint8Array {
  return new TextEncoder().encode(canonicalJson(value));
}
