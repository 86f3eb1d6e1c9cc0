/**
 * JSON values as the strict reader makes them.
 *
 * Objects have no inherited properties, so `__proto__` and `constructor` are ordinary data. Where the text
 * holds something that canonical JSON cannot express, the reader puts a {@link JsonFault} in its place, so
 * that one bad event does not spoil the others of its transaction.
 *
 * @see https://spec.matrix.org/v1.19/appendices/#canonical-json
 */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;

export type JsonObject = { readonly [key: string]: JsonValue };

/**
 * Deepest nesting of a value that canonical JSON is made of; a value that is no container has depth 0. The
 * specification sets no limit; this is what deployed servers take (docs/adr/0010). It also keeps every walk over a
 * value short, here and in what reads it later.
 */
export const MAX_JSON_DEPTH = 127;

/**
 * Levels of nesting that a request may put around an event: `{"content":{"pdus":[event]}}` and the like. Reader
 * and writer allow them on top of {@link MAX_JSON_DEPTH}, so that the verdict on an event does not depend on
 * what it was wrapped in.
 */
export const ENVELOPE_DEPTH = 6;

export type JsonFaultKind = 'float' | 'integer-range' | 'lone-surrogate' | 'too-deep';

/**
 * Stands where a value cannot be canonical JSON. Typed as an object, so that it fits in a {@link JsonValue};
 * {@link isJsonObject} says no to it.
 *
 * An object key with a lone surrogate keeps its name, and its value becomes the fault.
 */
export class JsonFault {
  readonly [key: string]: JsonValue;
  readonly kind: JsonFaultKind;
  /** The value as it was written in the JSON text. */
  readonly text: string;

  constructor(kind: JsonFaultKind, text: string) {
    this.kind = kind;
    this.text = text;
  }
}

declare global {
  interface JSON {
    /** What `JSON.stringify` writes as it stands. */
    rawJSON(text: string): unknown;
  }
}

/**
 * `JSON.stringify` writes a number as it was written: events of room versions that do not enforce canonical JSON are
 * stored and passed on unchanged. Not a method, because all properties of the type are JSON values.
 */
Object.defineProperty(JsonFault.prototype, 'toJSON', {
  value(this: JsonFault): unknown {
    const isNumber = this.kind === 'float' || this.kind === 'integer-range';
    return isNumber ? JSON.rawJSON(this.text) : { kind: this.kind, text: this.text };
  },
});

/** Whether the value is a JSON object: not an array, not null, not a fault. */
export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof JsonFault)
  );
}

/** Whether the value is a JSON array. */
export function isJsonArray(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value);
}

/** An own property of an object, whatever prototype it has: for keys that others choose. */
export function ownProperty(object: JsonObject, key: string): JsonValue | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}
