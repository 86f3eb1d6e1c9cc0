import { MatrixError } from '@causeway/homeserver';
import { findJsonFault, type JsonValue, parseJson } from '@causeway/protocol';

/**
 * Reads the body of a request. What canonical JSON cannot express is left in it as a fault: whoever stores
 * it checks with {@link refuseFaults}.
 *
 * @throws M_NOT_JSON
 */
export const readJson = (bytes: Uint8Array): JsonValue => {
  const parsed = parseJson(bytes);
  if (!parsed.ok) throw new MatrixError('M_NOT_JSON', `The request body is not JSON: ${parsed.reason}.`);
  return parsed.value;
};

const faults: { readonly [kind: string]: string } = {
  float: 'a number with a fraction or an exponent',
  'integer-range': 'an integer beyond 2^53-1',
  'lone-surrogate': 'a string that is not well-formed Unicode',
  'too-deep': 'more levels of nesting than are allowed',
};

/** For content that becomes part of an event. @throws M_BAD_JSON */
export const refuseFaults = (value: JsonValue): void => {
  const fault = findJsonFault(value);
  if (fault === undefined) return;
  const what = faults[fault.kind] ?? 'something that canonical JSON cannot express';
  throw new MatrixError('M_BAD_JSON', `The request body has ${what}.`);
};
