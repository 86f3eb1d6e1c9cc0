/** Asks a server that we trust about the keys of others. */
import {
  canonicalJson,
  isJsonArray,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  type KeyId,
  parseJson,
  parseKeyId,
  parseServerName,
  type ServerName,
  type VerifyKey,
  verifyJson,
} from '@causeway/protocol';
import type { Clock, Log } from '../../ports.ts';
import type { FederationTransport } from '../transport.ts';
import type { WantedKey } from './key-ring.ts';
import { type KeyAnswer, readKeyAnswer } from './read-key-answer.ts';

/** A notary asks the servers meanwhile, so it takes longer than one of them. */
const NOTARY_TIMEOUT_MS = 20_000;
/** Servers in one question, as many as we answer ourselves. */
export const MAX_SERVERS_PER_QUERY = 100;
const MAX_NOTARY_ANSWER_BYTES = 4 * 1024 * 1024;

export type NotaryParts = {
  readonly transport: FederationTransport;
  readonly clock: Clock;
  readonly log: Log;
  /** A key that the notary signs with now. */
  readonly keyOf: (keyId: KeyId) => Promise<VerifyKey | undefined>;
};

/**
 * The answers about these keys that the notary signed and that the server in question signed itself. What is
 * signed by one of them alone is left out.
 *
 * @see https://spec.matrix.org/v1.19/server-server-api/#querying-keys-through-another-server
 */
export const askNotary = async (
  parts: NotaryParts,
  notary: ServerName,
  wanted: readonly WantedKey[],
): Promise<readonly KeyAnswer[]> => {
  const byServer = Map.groupBy(wanted, ({ server }) => server);
  const servers = [...byServer.keys()];
  const answers: KeyAnswer[] = [];
  for (let start = 0; start < servers.length; start += MAX_SERVERS_PER_QUERY) {
    const asked = servers.slice(start, start + MAX_SERVERS_PER_QUERY);
    const query = Object.fromEntries(
      asked.map((server) => [server, criteriaOf(byServer.get(server) ?? [], parts.clock.now())] as const),
    );
    const found = await ask(parts, notary, { server_keys: query });
    if (typeof found === 'string') {
      parts.log.info('notary not asked', { notary, reason: found });
      return answers;
    }
    answers.push(...(await checkAll(parts, { notary, asked: new Set<string>(asked) }, found)));
  }
  return answers;
};

/** Optional in the specification, and refused by Synapse when it is missing. */
const criteriaOf = (wanted: readonly WantedKey[], now: number): JsonObject =>
  Object.fromEntries(
    wanted.map(({ keyId, use }): [string, JsonObject] => {
      const at = use.kind === 'request' ? now : (use.at ?? 0);
      return [keyId, { minimum_valid_until_ts: Math.max(0, Math.trunc(at)) }];
    }),
  );

/** The `server_keys` of the answer, or what is wrong in words. */
const ask = async (
  { transport }: NotaryParts,
  notary: ServerName,
  query: JsonObject,
): Promise<readonly JsonValue[] | string> => {
  const answer = await transport.request({
    destination: notary,
    method: 'POST',
    path: '/_matrix/key/v2/query',
    body: canonicalJson(query),
    timeoutMs: NOTARY_TIMEOUT_MS,
    maxBytes: MAX_NOTARY_ANSWER_BYTES,
  });
  if (answer.kind === 'failed') return answer.reason;
  const parsed = answer.status === 200 ? parseJson(answer.body) : undefined;
  const keys = parsed?.ok === true && isJsonObject(parsed.value) ? parsed.value['server_keys'] : undefined;
  return isJsonArray(keys) ? keys : `the notary answered ${answer.status} without keys`;
};

type Question = { readonly notary: ServerName; readonly asked: ReadonlySet<string> };

const checkAll = async (
  parts: NotaryParts,
  { notary, asked }: Question,
  values: readonly JsonValue[],
): Promise<readonly KeyAnswer[]> => {
  const answers: KeyAnswer[] = [];
  for (const value of values) {
    const name = isJsonObject(value) ? value['server_name'] : undefined;
    const server = typeof name === 'string' && asked.has(name) ? parseServerName(name) : undefined;
    if (!isJsonObject(value) || server === undefined) continue;
    const read = (await isSignedBy(parts, notary, value))
      ? readKeyAnswer(server, value)
      : ({ ok: false, reason: 'it is not signed by the notary' } as const);
    if (read.ok) answers.push(read.answer);
    else parts.log.info('keys from a notary not taken', { notary, server, reason: read.reason });
  }
  return answers;
};

const isSignedBy = async (parts: NotaryParts, notary: ServerName, value: JsonObject): Promise<boolean> => {
  const signatures = isJsonObject(value['signatures']) ? value['signatures'][notary] : undefined;
  for (const name of Object.keys(isJsonObject(signatures) ? signatures : {}).slice(0, MAX_SIGNATURES)) {
    const keyId = parseKeyId(name);
    const key = keyId?.startsWith('ed25519:') === true ? await parts.keyOf(keyId) : undefined;
    if (keyId !== undefined && key !== undefined) return verifyJson(value, notary, keyId, key);
  }
  return false;
};

/** A notary signs with one key, or with two while it changes them. */
const MAX_SIGNATURES = 5;
