import type { JsonValue } from './json-value.ts';

export type ParsedJson =
  | { readonly ok: true; readonly value: JsonValue }
  | { readonly ok: false; readonly reason: string };

/** Reads JSON text strictly; see {@link JsonValue}. */
export function parseJson(input: Uint8Array | string): ParsedJson {
  throw new Error(`not yet: ${input.length}`);
}
