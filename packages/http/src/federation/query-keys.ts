/** What other servers ask us about the keys of third ones. */
import { invalidParam, type KeyQuery, MAX_SERVERS_PER_QUERY, serveKeyQuery } from '@causeway/homeserver';
import { isJsonObject, type JsonValue, parseServerName, type ServerName } from '@causeway/protocol';
import { objectOf, openRoute } from './federation-route.ts';

/** Keys of one server in one question; servers have one or two, and one more for every rotation. */
const MAX_KEYS_PER_SERVER = 100;
/** 100 servers with a few keys each are far below. */
const MAX_QUERY_BYTES = 256 * 1024;

/** @see https://spec.matrix.org/v1.19/server-server-api/#get_matrixkeyv2queryservername */
export const getKeyQuery = openRoute(
  'GET',
  ['/_matrix/key/v2/query/:serverName'],
  async ({ engine, request }) => {
    const text = request.query.get('minimum_valid_until_ts');
    const until = text === null ? engine.clock.now() : timeOf(Number(text));
    const server = serverOf(request.param('serverName'));
    return { server_keys: await serveKeyQuery(engine, [{ server, keys: new Map(), validUntil: until }]) };
  },
);

/** @see https://spec.matrix.org/v1.19/server-server-api/#post_matrixkeyv2query */
export const postKeyQuery = openRoute(
  'POST',
  ['/_matrix/key/v2/query'],
  async ({ engine, request }) => {
    const wanted = objectOf(request.json())['server_keys'];
    if (!isJsonObject(wanted)) throw invalidParam('"server_keys" must be an object of server names.');
    const servers = Object.entries(wanted);
    if (servers.length > MAX_SERVERS_PER_QUERY) {
      throw invalidParam(`At most ${MAX_SERVERS_PER_QUERY} servers can be asked for at once.`);
    }
    const now = engine.clock.now();
    const queries = servers.map(([name, criteria]) => readQuery(serverOf(name), criteria, now));
    return { server_keys: await serveKeyQuery(engine, queries) };
  },
  { maxBodyBytes: MAX_QUERY_BYTES },
);

const readQuery = (server: ServerName, criteria: JsonValue, now: number): KeyQuery => {
  if (!isJsonObject(criteria)) throw invalidParam(`What is asked of ${server} must be an object of key IDs.`);
  const keys = Object.entries(criteria);
  if (keys.length > MAX_KEYS_PER_SERVER) {
    throw invalidParam(`At most ${MAX_KEYS_PER_SERVER} keys of a server can be asked for at once.`);
  }
  return {
    server,
    keys: new Map(keys.map(([keyId, wish]) => [keyId, validUntilOf(wish, now)])),
    validUntil: now,
  };
};

/** "If not supplied, the notary server MUST use the current time." */
const validUntilOf = (wish: JsonValue, now: number): number => {
  const until = isJsonObject(wish) ? wish['minimum_valid_until_ts'] : undefined;
  return until === undefined ? now : timeOf(until);
};

const timeOf = (value: JsonValue): number => {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
  throw invalidParam('"minimum_valid_until_ts" is a whole number of milliseconds.');
};

const serverOf = (text: string): ServerName => {
  const server = parseServerName(text);
  if (server === undefined) throw invalidParam(`${JSON.stringify(text.slice(0, 255))} is not a server name.`);
  return server;
};
