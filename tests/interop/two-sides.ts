/** What scenarios between Causeway and Synapse are made of: people of both, rooms that they share, waiting. */
import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { CertificateAuthority } from '@causeway/server/demo-certificates';
import type { BehaviourId } from '../capabilities/catalogue.ts';
import type { Causeway } from './causeway.ts';
import { type JsonObject, MatrixClient, MatrixRequestError, request } from './matrix-client.ts';
import type { Synapse } from './synapse.ts';

/** Both sides; `ours` and `theirs` are one person each, further ones are made when needed. */
export type Sides = {
  /** The authority that both trust. */
  readonly ca: CertificateAuthority;
  readonly causeway: Causeway;
  readonly synapse: Synapse;
  readonly ours: MatrixClient;
  readonly theirs: MatrixClient;
  /** Makes another person, on the server of this one. */
  readonly colleagueOf: (person: MatrixClient) => Promise<MatrixClient>;
};

export type Scenario = {
  readonly name: string;
  readonly direction: 'causeway-synapse' | 'synapse-causeway';
  /** What it shows of docs/capabilities.md. */
  readonly shows: readonly BehaviourId[];
  readonly run: (sides: Sides) => Promise<void>;
  /** It stops a server, so nothing else runs meanwhile. */
  readonly alone?: boolean;
};

export type Pair = {
  /** Who begins. */
  readonly here: MatrixClient;
  readonly there: MatrixClient;
};

export type Direction = Pair & { readonly label: 'Causeway' | 'Synapse' };

type Run = (direction: Direction, sides: Sides) => Promise<void>;

export const fromCauseway = (name: string, shows: readonly BehaviourId[], run: Run): Scenario => ({
  name: `${name}, from Causeway`,
  direction: 'causeway-synapse',
  shows,
  run: (sides) => run({ here: sides.ours, there: sides.theirs, label: 'Causeway' }, sides),
});

const fromSynapse = (name: string, shows: readonly BehaviourId[], run: Run): Scenario => ({
  name: `${name}, from Synapse`,
  direction: 'synapse-causeway',
  shows,
  run: (sides) => run({ here: sides.theirs, there: sides.ours, label: 'Synapse' }, sides),
});

export const bothWays = (name: string, shows: readonly BehaviourId[], run: Run): readonly Scenario[] => [
  fromCauseway(name, shows, run),
  fromSynapse(name, shows, run),
];

/** For scenarios that stop a server. */
export const alone = (scenarios: readonly Scenario[]): readonly Scenario[] =>
  scenarios.map((scenario) => ({ ...scenario, alone: true }));

/** Long enough for a machine that has much else to do. */
const LIMIT_MS = 60_000;

/** Asks until the answer is there; a refusal counts as not yet. */
export const until = async <T>(
  what: string,
  ask: () => Promise<T | undefined | false>,
  limitMs = LIMIT_MS,
): Promise<T> => {
  const end = Date.now() + limitMs;
  let last: unknown;
  for (;;) {
    try {
      const found = await ask();
      if (found !== undefined && found !== false) return found;
    } catch (error) {
      if (!(error instanceof MatrixRequestError)) throw error;
      last = error;
    }
    if (Date.now() > end) throw new Error(`waited in vain for ${what}`, { cause: last });
    await wait(100);
  }
};

export const equal = (actual: unknown, expected: unknown, what: string): void => {
  const [a, b] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (a !== b) throw new Error(`${what}: expected ${b}, found ${a}`);
};

export const includes = (words: string, part: string, what: string): void =>
  equal(words.includes(part), true, `${what}, in “${words}”`);

export const serverOf = (client: MatrixClient): string => client.userId.slice(client.userId.indexOf(':') + 1);

/** Nobody else's name begins with it: each try has people of its own. */
export const localpartOf = ({ userId }: MatrixClient): string => userId.slice(1, userId.indexOf(':'));

const membership = async (seenBy: MatrixClient, roomId: string, of: MatrixClient) =>
  (await seenBy.state(roomId, 'm.room.member', of.userId))['membership'];

export const untilMembership = (seenBy: MatrixClient, roomId: string, of: MatrixClient, wanted: string) =>
  until(
    `${seenBy.userId} sees ${of.userId} with ${wanted}`,
    async () => (await membership(seenBy, roomId, of)) === wanted,
  );

/** The refusal; anything else than a refusal fails. */
export const refusalOf = async (what: string, attempt: Promise<unknown>): Promise<MatrixRequestError> => {
  const refusal = await attempt.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (refusal instanceof MatrixRequestError) return refusal;
  throw new Error(`${what} was not refused`, { cause: refusal });
};

/** What is in an object at a path; undefined when there is nothing. */
export const at = (value: unknown, ...path: readonly string[]): unknown =>
  path.reduce<unknown>((inner, name) => {
    const object: JsonObject = Object(inner);
    return Object.hasOwn(object, name) ? object[name] : undefined;
  }, value);

export const listOf = (value: unknown): readonly JsonObject[] => (Array.isArray(value) ? value : []);

export const inRoom = (roomId: string): string => `rooms/${encodeURIComponent(roomId)}`;

/** An endpoint of ours for members; `path` follows `/_causeway/`. */
export const askCauseway = (
  { baseUrl, token }: MatrixClient,
  method: 'GET' | 'POST' | 'PUT',
  path: string,
  body?: JsonObject,
): Promise<JsonObject> =>
  request({ method, url: `${baseUrl}/_causeway/${path}`, token, ...(body === undefined ? {} : { body }) });

/** An admin of this Causeway, made for one scenario. */
export const adminOf = async ({ command, baseUrl }: Causeway): Promise<MatrixClient> => {
  const name = `admin-${randomUUID().slice(0, 8)}`;
  await command({ kind: 'user-add', name, password: `${name}-password`, role: 'admin' });
  return MatrixClient.login(baseUrl, name, `${name}-password`);
};

/** Changes a setting of a workspace, whoever changed it before; null is its default. */
export const setSetting = async (admin: MatrixClient, key: string, value: unknown): Promise<void> => {
  const { settings } = await askCauseway(admin, 'GET', 'admin/settings');
  const version = listOf(settings).find((setting) => setting['key'] === key)?.['version'];
  await askCauseway(admin, 'PUT', `admin/settings/${key}`, { value, version });
};

/** Does something under a setting, which has its default afterwards, whatever happens. */
export const withSetting = async (
  admin: MatrixClient,
  key: string,
  value: unknown,
  act: () => Promise<void>,
): Promise<void> => {
  await setSetting(admin, key, value);
  try {
    await act();
  } finally {
    await setSetting(admin, key, null);
  }
};

/** A room made by `here` that `there` has joined by invitation. */
export const sharedRoom = async ({ here, there }: Pair, options: object = {}): Promise<string> => {
  const roomId = await here.createRoom({ preset: 'private_chat', ...options });
  await letIn(here, roomId, there);
  return roomId;
};

/** An invitation that is accepted; both servers know it afterwards. */
export const letIn = async (host: MatrixClient, roomId: string, guest: MatrixClient): Promise<void> => {
  await host.invite(roomId, guest.userId);
  await guest.waitForInvitation(roomId);
  await guest.join(roomId, [serverOf(host)]);
  await untilMembership(host, roomId, guest, 'join');
};

export const allBodies = async (client: MatrixClient, roomId: string): Promise<readonly string[]> => {
  const bodies: string[] = [];
  let from: string | undefined;
  for (let page = 0; page < 60; page++) {
    const { chunk, end } = await client.messages(roomId, { limit: 30, ...(from ? { from } : {}) });
    for (const { type, content } of chunk)
      if (type === 'm.room.message') bodies.push(String(content['body']));
    if (end === undefined || end === from) break;
    from = end;
  }
  return bodies;
};

export const exactly = (bodies: readonly string[], wanted: readonly string[], who: string): boolean => {
  const count = new Map<string, number>();
  for (const body of bodies) count.set(body, (count.get(body) ?? 0) + 1);
  const doubled = [...count].filter(([, times]) => times > 1).map(([body]) => body);
  if (doubled.length > 0) throw new Error(`${who} sees these twice: ${doubled.join(', ')}`);
  return wanted.every((body) => count.has(body));
};

export const numbered = (count: number, label: string) =>
  Array.from({ length: count }, (_, index) => `${label} ${index}`);

export const defaultRoomVersion = async (client: MatrixClient): Promise<unknown> => {
  const { capabilities } = await client.call('GET', 'v3/capabilities');
  return Object(Object(capabilities)['m.room_versions'])['default'];
};

export const exchange = async (direction: Pair, roomId: string): Promise<void> => {
  const { here, there } = direction;
  await here.sendText(roomId, 'a question');
  await there.waitForText(roomId, 'a question');
  await there.sendText(roomId, 'an answer');
  await here.waitForText(roomId, 'an answer');
};
