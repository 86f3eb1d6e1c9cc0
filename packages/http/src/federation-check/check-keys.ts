/** Signing keys, and what they and the Date header say about the other clock. */
import type { TransportResult } from '@causeway/homeserver';
import {
  importVerifyKey,
  isJsonObject,
  isPublishedKey,
  type JsonObject,
  type ServerName,
  type SigningKey,
  verifyJson,
} from '@causeway/protocol';
import { type Finding, failed, notShown, ok, warning } from './check-step.ts';
import { evidenceOfAnswer, judgeStrangeAnswer, objectIn } from './describe-answer.ts';

export const KEYS_PATH = '/_matrix/key/v2/server';

export type KeysExpected = {
  readonly serverName: ServerName;
  readonly now: number;
  /** Given when it is our own server: the key that this workspace signs with. */
  readonly ownKey: SigningKey | undefined;
};

/** @see https://spec.matrix.org/v1.19/server-server-api/#publishing-keys */
export const judgeKeys = (answer: TransportResult, expected: KeysExpected): Finding => {
  const strange = judgeStrangeAnswer(KEYS_PATH, answer);
  if (strange !== undefined) return strange;
  const body = answer.kind === 'response' && answer.status === 200 ? objectIn(answer) : undefined;
  const evidence = evidenceOfAnswer(KEYS_PATH, answer);
  if (body === undefined) {
    return failed('keys-refused', { parameters: { path: KEYS_PATH }, evidence, advice: 'open-path' });
  }
  return judgeKeyAnswer(body, expected, evidence);
};

const judgeKeyAnswer = (body: JsonObject, expected: KeysExpected, seen: readonly string[]): Finding => {
  const { serverName, now, ownKey } = expected;
  if (body['server_name'] !== serverName) {
    const parameters = { other: quote(body['server_name']), server: serverName };
    return failed('keys-of-another-server', { parameters, evidence: seen });
  }
  const keys = keysIn(body['verify_keys']);
  if (keys.length === 0) return failed('keys-none', { evidence: seen });
  const evidence = keys.map(({ keyId, text }) => `${keyId} ${text}`);
  for (const { keyId, text } of keys) {
    if (importVerifyKey(text) === undefined || isPublishedKey(text)) return badKey(keyId, evidence);
  }
  const unsigned = keys.find(({ keyId, text }) => {
    const key = importVerifyKey(text);
    return key === undefined || !verifyJson(body, serverName, keyId, key);
  });
  if (unsigned !== undefined) {
    return failed('keys-not-signed', {
      parameters: { key: unsigned.keyId },
      evidence: [...evidence, `signatures: ${JSON.stringify(body['signatures'] ?? null).slice(0, 200)}`],
    });
  }
  const [first] = keys;
  if (ownKey !== undefined && first !== undefined && keys.every(({ text }) => text !== ownKey.publicKey)) {
    return failed('another-server-answers', {
      parameters: { theirs: first.keyId, ours: ownKey.keyId },
      evidence: [...evidence, `this workspace: ${ownKey.keyId} ${ownKey.publicKey}`],
    });
  }
  return judgeValidity(body['valid_until_ts'], now, evidence);
};

const judgeValidity = (until: JsonObject[string] | undefined, now: number, evidence: readonly string[]) => {
  if (typeof until !== 'number') return failed('keys-without-validity', { evidence });
  const date = new Date(until);
  const said = Number.isNaN(date.getTime()) ? String(until) : date.toISOString();
  const seen = [...evidence, `valid until ${said}`];
  if (until > now) return ok('keys', { evidence: seen });
  return failed('keys-expired', { parameters: { until: said }, evidence: seen });
};

const badKey = (keyId: string, evidence: readonly string[]): Finding =>
  failed('keys-weak', { parameters: { key: keyId }, evidence });

const keysIn = (value: JsonObject[string] | undefined) =>
  Object.entries(isJsonObject(value) ? value : {}).flatMap(([keyId, entry]) => {
    const text = isJsonObject(entry) ? entry['key'] : undefined;
    return typeof text === 'string' && keyId.startsWith('ed25519:')
      ? [{ keyId: keyId.slice(0, 100), text: text.slice(0, 100).replace(/=+$/, '') }]
      : [];
  });

const quote = (value: JsonObject[string] | undefined): string =>
  typeof value === 'string' ? JSON.stringify(value.slice(0, 255)) : 'nobody';

/** The Date header has whole seconds, and an answer takes a moment; more than this is a clock. */
const SKEW_WARNING_MS = 30_000;

/** Beyond this, sessions, keys and messages of one side lie noticeably in the other's future. */
const SKEW_FAILED_MS = 5 * 60_000;

/** `asked` and `answered` are milliseconds since the epoch, by our clock. */
export const judgeClock = (
  answer: TransportResult,
  { asked, answered }: { readonly asked: number; readonly answered: number },
): Finding => {
  const header = answer.kind === 'response' ? answer.headers['date'] : undefined;
  const date = Date.parse(header ?? '');
  if (header === undefined || Number.isNaN(date)) {
    return notShown('clock-unknown');
  }
  const ours = new Date((asked + answered) / 2);
  const evidence = [`Date: ${header.slice(0, 60)}`, `our clock: ${ours.toUTCString()}`];
  // Within the second that the header names, and within the time of the request, nobody is wrong.
  const skew = date > answered ? date - answered : Math.min(0, date + 1_000 - asked);
  if (Math.abs(skew) < SKEW_WARNING_MS) return ok('clock', { evidence });
  const parameters = {
    difference: duration(Math.abs(skew)),
    theirs: new Date(date).toUTCString(),
    ours: ours.toUTCString(),
  };
  const judge = Math.abs(skew) < SKEW_FAILED_MS ? warning : failed;
  return judge('clock-skew', { parameters, evidence });
};

/** As `1:05:30`, the same in all languages. */
const duration = (ms: number): string => {
  const seconds = Math.round(ms / 1_000);
  const two = (value: number) => String(value % 60).padStart(2, '0');
  return `${Math.floor(seconds / 3_600)}:${two(Math.floor(seconds / 60))}:${two(seconds)}`;
};
