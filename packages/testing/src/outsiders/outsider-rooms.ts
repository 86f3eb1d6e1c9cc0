/** A room for every history visibility, with servers and people in every relation to it, and something said at each step. */
import { randomBytes } from 'node:crypto';
import type { JsonValue } from '@causeway/protocol';
import { permitFederation } from '../admins.ts';
import { transportTo } from '../client-network.ts';
import { type ClientServer, type Person, startClientServer } from '../client-server.ts';
import { roomPath, until } from '../organisations.ts';

export const visibilities = ['world_readable', 'shared', 'invited', 'joined'] as const;
export type Visibility = (typeof visibilities)[number];

/**
 * `never`: was never in the room; `invited` only; `left` and `banned` after they were in it; `denied` by the server ACL
 * while in it; `member`: is in it.
 */
export const standings = ['never', 'invited', 'left', 'banned', 'denied', 'member'] as const;
export type Standing = (typeof standings)[number];

/** Something was said before anybody was invited, while those who came were there, and when those who went were gone. */
export const moments = ['before', 'while', 'after'] as const;
export type Moment = (typeof moments)[number];

export type Said = { readonly eventId: string; readonly mediaId: string; readonly body: string };

export type OutsiderRoom = {
  readonly roomId: string;
  readonly said: { readonly [moment in Moment]: Said };
};

export interface OutsiderRooms extends AsyncDisposable {
  readonly north: ClientServer;
  /** Of north; in every room. */
  readonly nora: Person;
  readonly servers: { readonly [standing in Standing]: ClientServer };
  /** Of the server of the same name. */
  readonly theirs: { readonly [standing in Standing]: Person };
  /** Of north; `denied` is like `member`, as ACLs are about servers. */
  readonly ours: { readonly [standing in Standing]: Person };
  readonly rooms: { readonly [visibility in Visibility]: OutsiderRoom };
}

const each = async <Key extends string, Value>(
  keys: readonly Key[],
  make: (key: Key) => Promise<Value>,
): Promise<{ readonly [key in Key]: Value }> => {
  const entries: [Key, Value][] = [];
  for (const key of keys) entries.push([key, await make(key)]);
  return Object.fromEntries(entries) as { readonly [key in Key]: Value };
};

export const startOutsiderRooms = async (): Promise<OutsiderRooms> => {
  const reached = new Map<string, () => ClientServer>();
  const start = async (serverName: string): Promise<ClientServer> => {
    const signingKey = { seed: randomBytes(32), version: 'test' };
    const server = await startClientServer({ serverName, signingKey, transport: transportTo(reached) });
    reached.set(serverName, () => server);
    return server;
  };
  const person = async (server: ClientServer, name: string): Promise<Person> => {
    const made = await server.person(name);
    await permitFederation(server, made);
    return made;
  };
  const north = await start('north.test');
  const servers = await each(standings, (standing) => start(`${standing}.test`));
  const theirs = await each(standings, (standing) => person(servers[standing], 'sam'));
  const ours = await each(standings, (standing) => person(north, standing));
  const nora = await person(north, 'nora');
  const everybody = { nora, theirs, ours };
  const rooms = await each(visibilities, (visibility) => makeRoom(everybody, visibility));
  return {
    north,
    nora,
    servers,
    theirs,
    ours,
    rooms,
    [Symbol.asyncDispose]: async () => {
      for (const server of [north, ...Object.values(servers)]) await server[Symbol.asyncDispose]();
      for (const server of [north, ...Object.values(servers)]) await server.store[Symbol.asyncDispose]();
    },
  };
};

type Everybody = Pick<OutsiderRooms, 'nora' | 'theirs' | 'ours'>;

const makeRoom = async ({ nora, theirs, ours }: Everybody, visibility: Visibility): Promise<OutsiderRoom> => {
  const { room_id } = await nora.ok('POST', '/createRoom', {
    preset: 'private_chat',
    name: `a room that is ${visibility}`,
    initial_state: [
      { type: 'm.room.history_visibility', content: { history_visibility: visibility } },
      { type: 'm.room.topic', content: { topic: `topic of ${visibility}` } },
    ],
  });
  const roomId = String(room_id);
  const room = roomPath(roomId);
  const both = (standing: Standing) => [theirs[standing], ours[standing]];
  const all = (...of: readonly Standing[]) => of.flatMap(both);

  const before = await share(nora, room, `${visibility} before`);
  for (const { userId } of all('invited', 'left', 'banned', 'denied', 'member')) {
    await nora.ok('POST', `${room}/invite`, { user_id: userId });
  }
  for (const person of all('left', 'banned', 'denied', 'member')) await person.ok('POST', `${room}/join`, {});
  const meanwhile = await share(nora, room, `${visibility} while`);
  for (const person of all('left', 'banned', 'denied', 'member'))
    await hears(person, room, meanwhile.eventId);
  for (const person of both('left')) await person.ok('POST', `${room}/leave`, {});
  for (const { userId } of both('banned')) await nora.ok('POST', `${room}/ban`, { user_id: userId });
  for (const { userId } of both('left')) await isGone(nora, room, userId);
  await put(nora, room, 'm.room.server_acl', { allow: ['*'], deny: ['denied.test'] });
  const after = await share(nora, room, `${visibility} after`);
  await hears(theirs.member, room, after.eventId);
  return { roomId, said: { before, while: meanwhile, after } };
};

const put = (person: Person, room: string, type: string, content: JsonValue) =>
  person.ok('PUT', `${room}/state/${type}`, content);

/** A message with a file. */
const share = async (person: Person, room: string, body: string): Promise<Said> => {
  const uploaded = await person.call('POST', '/_matrix/media/v3/upload', Buffer.from(`file of ${body}`), {
    'content-type': 'text/plain',
  });
  const url = String(uploaded.body.content_uri);
  const { event_id } = await person.ok('PUT', `${room}/send/m.room.message/${crypto.randomUUID()}`, {
    msgtype: 'm.file',
    body,
    url,
  });
  return { eventId: String(event_id), mediaId: url.slice(url.lastIndexOf('/') + 1), body };
};

const hears = (person: Person, room: string, eventId: string): Promise<true> =>
  until(`${person.userId} hears ${eventId}`, async () => {
    const { status } = await person.call('GET', `${room}/event/${encodeURIComponent(eventId)}`);
    return status === 200 ? true : undefined;
  });

const isGone = (person: Person, room: string, userId: string): Promise<true> =>
  until(`${userId} is gone`, async () => {
    const { body } = await person.call('GET', `${room}/state/m.room.member/${encodeURIComponent(userId)}`);
    return body.membership === 'leave' ? true : undefined;
  });
