/** What people of this server in every relation to a room read of it, at every operation that reads one, in every visibility. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { at, roomPath } from '../organisations.ts';
import type { ClientAnswer } from '../client-server.ts';
import {
  type Moment,
  moments,
  type OutsiderRooms,
  type Standing,
  startOutsiderRooms,
  visibilities,
  type Visibility,
} from './outsider-rooms.ts';

let ground: OutsiderRooms;

beforeAll(async () => {
  ground = await startOutsiderRooms();
}, 60_000);
afterAll(() => ground[Symbol.asyncDispose]());

/** ACLs are not about people of the server itself. */
const people = ['never', 'invited', 'left', 'banned', 'member'] as const;
type PersonStanding = (typeof people)[number] & Standing;

/**
 * Undefined: the room is not opened for them at all. Who was in it reads until they went; what `invited` lets people see
 * they see when they have come in.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#room-history-visibility
 */
const seen: {
  readonly [visibility in Visibility]: {
    readonly [standing in PersonStanding]: readonly Moment[] | undefined;
  };
} = {
  world_readable: { never: moments, invited: moments, left: moments, banned: moments, member: moments },
  shared: {
    never: undefined,
    invited: undefined,
    left: ['before', 'while'],
    banned: ['before', 'while'],
    member: moments,
  },
  invited: {
    never: undefined,
    invited: undefined,
    left: ['while'],
    banned: ['while'],
    member: ['while', 'after'],
  },
  joined: {
    never: undefined,
    invited: undefined,
    left: ['while'],
    banned: ['while'],
    member: ['while', 'after'],
  },
};

const verdictOf = ({ status, body }: ClientAnswer) => [status, ...(status === 200 ? [] : [body.errcode])];
const FORBIDDEN = [403, 'M_FORBIDDEN'];
const NOT_FOUND = [404, 'M_NOT_FOUND'];

const cases = visibilities.flatMap((visibility) => people.map((standing) => [standing, visibility] as const));

describe.each(cases)('somebody who is %s, of a room that is %s', (standing, visibility) => {
  const mine = seen[visibility][standing];
  const read = (path: string): Promise<ClientAnswer> => {
    const room = roomPath(ground.rooms[visibility].roomId);
    return ground.ours[standing].call(
      'GET',
      path.startsWith('/') ? `/_matrix/client${path}` : `${room}/${path}`,
    );
  };
  const textOf = ({ bytes }: ClientAnswer) => Buffer.from(bytes).toString();
  const bodiesIn = (answer: ClientAnswer) =>
    moments.filter((moment) => textOf(answer).includes(ground.rooms[visibility].said[moment].body));
  const eventOf = (moment: Moment) => encodeURIComponent(ground.rooms[visibility].said[moment].eventId);
  const v1 = () => `/v1${roomPath(ground.rooms[visibility].roomId)}`;

  it('pages through what they may see, and nothing else', async () => {
    const answer = await read('messages?dir=b&limit=100');
    expect(verdictOf(answer)).toEqual(mine === undefined ? FORBIDDEN : [200]);
    expect(bodiesIn(answer)).toEqual(mine ?? []);
  });

  it.each(moments)(
    'reads the event that was said %s where they were, and what is around it',
    async (moment) => {
      const refusal = mine === undefined ? FORBIDDEN : NOT_FOUND;
      const isSeen = mine?.includes(moment) === true;
      for (const path of [`event/${eventOf(moment)}`, `context/${eventOf(moment)}?limit=100`]) {
        const answer = await read(path);
        expect([path, ...verdictOf(answer)]).toEqual([path, ...(isSeen ? [200] : refusal)]);
        for (const body of bodiesIn(answer)) expect(mine).toContain(body);
        expect(bodiesIn(answer).includes(moment)).toBe(isSeen);
      }
      const relations = await read(`${v1()}/relations/${eventOf(moment)}`);
      if (!isSeen) expect(textOf(relations)).not.toContain(visibility);
    },
  );

  it('reads its state and members, as of today or of when they went', async () => {
    for (const path of ['state', 'members']) {
      const answer = await read(path);
      expect([path, ...verdictOf(answer)]).toEqual([path, ...(mine === undefined ? FORBIDDEN : [200])]);
      if (mine === undefined || path === 'members') continue;
      expect(textOf(answer)).toContain(`topic of ${visibility}`);
      expect(textOf(answer).includes('"deny":["denied.test"]')).toBe(mine.includes('after'));
    }
    const joined = await read('joined_members');
    expect(verdictOf(joined)).toEqual(standing === 'member' ? [200] : FORBIDDEN);
  });

  it('finds no thread and no moment of what they may not see', async () => {
    for (const path of [`${v1()}/threads`, `${v1()}/timestamp_to_event?ts=1&dir=f`]) {
      const answer = await read(path);
      expect([path, ...verdictOf(answer)]).toEqual([path, ...(mine === undefined ? FORBIDDEN : [200])]);
      expect(bodiesIn(answer)).toEqual([]);
    }
  });

  it('finds it by words and in their sync only as they may see it', async () => {
    const person = ground.ours[standing];
    const found = await person.call('POST', '/search', {
      search_categories: { room_events: { search_term: visibility, event_context: {} } },
    });
    expect(found.status).toBe(200);
    for (const moment of bodiesIn(found)) expect(mine).toContain(moment);
    const sync = await person.call(
      'GET',
      '/sync?filter={"room":{"include_leave":true,"timeline":{"limit":100}}}',
    );
    expect(sync.status).toBe(200);
    for (const moment of bodiesIn(sync)) expect(mine).toContain(moment);
    const { roomId } = ground.rooms[visibility];
    expect(at(sync.body, 'rooms', 'join', roomId) !== undefined).toBe(standing === 'member');
    expect(at(sync.body, 'rooms', 'invite', roomId) !== undefined).toBe(standing === 'invited');
  });

  it('is told what the room is only where they could look into it', async () => {
    const isOpen = visibility === 'world_readable' && standing !== 'banned';
    const mayKnow = isOpen || standing === 'member' || standing === 'invited';
    const { roomId } = ground.rooms[visibility];
    const summary = await read(`/v1/room_summary/${encodeURIComponent(roomId)}`);
    expect(verdictOf(summary)).toEqual(mayKnow ? [200] : NOT_FOUND);
    const hierarchy = await read(`${v1()}/hierarchy`);
    expect(verdictOf(hierarchy)).toEqual(mayKnow ? [200] : FORBIDDEN);
    for (const answer of [summary, hierarchy]) {
      expect(textOf(answer).includes(`topic of ${visibility}`)).toBe(mayKnow);
    }
  });
});
