/**
 * A client that got no answer cannot know whether its request was carried out. It asks again under the same
 * `Idempotency-Key`, and what was done is answered instead of being done twice, after a restart too. Matrix has
 * transaction IDs for messages only; this is for making rooms, inviting, removing and the like.
 *
 * @see https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/
 */
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { answeredRequests, type Engine, invalidParam } from '@causeway/homeserver';
import { isJsonObject, type JsonValue, parseJson } from '@causeway/protocol';
import { Answer } from '../route.ts';

export interface RepeatedRequests {
  /**
   * Runs the work, or gives the answer that it had. Work that was refused is done anew, and so is what has no short
   * JSON for its answer.
   */
  once(name: string, work: () => Promise<object>): Promise<object>;
}

/** A person tries again within minutes; the rest is for a server that comes back. */
const LIFETIME_MS = 60 * 60_000;
/** Bytes of JSON. What is done once is answered with an ID, or nothing. */
const LONGEST_ANSWER = 4_096;
const LONGEST_KEY = 64;

export const createRepeatedRequests = (
  { store, log }: Pick<Engine, 'store' | 'log'>,
  clock: { now(): number },
): RepeatedRequests => {
  const running = new Map<string, Promise<object>>();

  const earlierAnswer = async (request: string): Promise<Answer | undefined> => {
    const row = await store.read((reader) => reader.get(answeredRequests, { request }));
    if (row === undefined || row.answered_ts < clock.now() - LIFETIME_MS) return undefined;
    const answer = parseJson(row.answer);
    return answer.ok ? answerFrom(answer.value) : undefined;
  };

  const keep = async (request: string, result: object): Promise<void> => {
    const answer = textOf(result);
    if (answer === undefined || Buffer.byteLength(answer) > LONGEST_ANSWER) return;
    const answered_ts = clock.now();
    await store.transact(async (tx) => {
      await tx.deleteRange(answeredRequests, { index: 'by_time', lt: answered_ts - LIFETIME_MS });
      await tx.put(answeredRequests, { request, answered_ts, answer });
    });
  };

  const answerOrRun = async (request: string, work: () => Promise<object>): Promise<object> => {
    const earlier = await earlierAnswer(request);
    if (earlier !== undefined) return earlier;
    const result = await work();
    // It is done, and the client is to hear of it.
    await keep(request, result).catch((error: unknown) => log.error('answer not kept', error));
    return result;
  };

  const once = async (request: string, work: () => Promise<object>): Promise<object> => {
    const before = running.get(request);
    if (before !== undefined) return before.catch(() => once(request, work));
    const result = answerOrRun(request, work).finally(() => running.delete(request));
    running.set(request, result);
    return result;
  };
  return { once: (name, work) => once(createHash('sha256').update(name).digest('base64'), work) };
};

/** Status and headers too: many answers say that they are not to be kept by caches. */
const textOf = (result: object): string | undefined => {
  const { status, headers, body } = result instanceof Answer ? result : new Answer(200, result);
  if (body instanceof Uint8Array || body instanceof Readable) return undefined;
  return JSON.stringify({ status, headers, body: body ?? null });
};

const answerFrom = (kept: JsonValue): Answer | undefined => {
  if (!isJsonObject(kept) || typeof kept.status !== 'number' || !isJsonObject(kept.headers)) return undefined;
  const headers = Object.fromEntries(
    Object.entries(kept.headers).map(([name, value]) => [name, String(value)]),
  );
  return new Answer(kept.status, isJsonObject(kept.body) ? kept.body : undefined, headers);
};

/** The key of a request, or undefined when it has none. @throws M_INVALID_PARAM */
export const readKey = (header: string | undefined): string | undefined => {
  if (header !== undefined && (header === '' || header.length > LONGEST_KEY)) {
    throw invalidParam(`"Idempotency-Key" must have 1 to ${LONGEST_KEY} characters.`);
  }
  return header;
};
