/**
 * What servers without the newer version of an endpoint are asked instead.
 *
 * @see https://spec.matrix.org/v1.19/server-server-api/#unsupported-endpoints
 */
import type { RemoteAnswer, RemoteStream } from './signed-request.ts';

const NOT_FOUND = 404;
const METHOD_NOT_ALLOWED = 405;

/**
 * Whether the server does not know the endpoint: it says M_UNRECOGNIZED (with 404, older servers with 400), or what
 * stands in front of it answers 404 or 405 without an errcode. Any other refusal is about what was asked.
 */
export const isUnknownEndpoint = (answer: RemoteAnswer | RemoteStream): boolean => {
  if (answer.kind !== 'refused') return false;
  const isBare = answer.body['errcode'] === undefined;
  const isAbsent = answer.status === NOT_FOUND || answer.status === METHOD_NOT_ALLOWED;
  return answer.errcode === 'M_UNRECOGNIZED' || (isBare && isAbsent);
};

/** Before the object there is `[200,`. */
const MAX_BEGINNING_BYTES = 64;
/** Brackets and spaces in a row, of which it is not known yet whether they are the end. */
const MAX_END_BYTES = 64 * 1024;
const OPEN_OBJECT = 0x7b;
const CLOSE_ARRAY = 0x5d;
const SPACES: ReadonlySet<number> = new Set([0x20, 0x09, 0x0a, 0x0d]);

/**
 * The object of an answer `[200, {...}]`, which the first endpoints give, while it arrives. What is no such pair
 * comes out as it is, for the reader of the object to refuse.
 */
export const objectOfPair = async function* (body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let beginning: Uint8Array | undefined = new Uint8Array();
  let end: Uint8Array = new Uint8Array();
  let isPair = false;
  for await (const chunk of body) {
    let part = chunk;
    if (beginning !== undefined) {
      beginning = Buffer.concat([beginning, chunk]);
      const at = beginning.indexOf(OPEN_OBJECT);
      if (at < 0 && beginning.length <= MAX_BEGINNING_BYTES) continue;
      isPair = at >= 0 && /^\s*\[\s*200\s*,\s*$/.test(Buffer.from(beginning.subarray(0, at)).toString());
      part = isPair ? beginning.subarray(at) : beginning;
      beginning = undefined;
    }
    if (!isPair) {
      yield part;
      continue;
    }
    const split = endAt(part);
    if (split > 0) {
      yield end;
      yield part.subarray(0, split);
      end = part.subarray(split);
    } else end = Buffer.concat([end, part]);
    // Nobody writes so: what is left is not to be taken for a whole object.
    if (end.length > MAX_END_BYTES) break;
  }
  if (end.length > MAX_END_BYTES) {
    yield Buffer.from('[');
    return;
  }
  yield beginning ?? (isPair ? withoutBracket(end) : end);
};

/** Where the brackets and spaces begin with which the text may end. */
const endAt = (bytes: Uint8Array): number => {
  let at = bytes.length;
  for (let byte = bytes[at - 1]; at > 0; byte = bytes[at - 1]) {
    if (byte === undefined || (byte !== CLOSE_ARRAY && !SPACES.has(byte))) break;
    at--;
  }
  return at;
};

/** A pair that is not closed broke off: what is left is not to be taken for a whole object. */
const withoutBracket = (end: Uint8Array): Uint8Array => {
  const at = end.indexOf(CLOSE_ARRAY);
  return at < 0 ? Buffer.from('[') : Buffer.concat([end.subarray(0, at), end.subarray(at + 1)]);
};
