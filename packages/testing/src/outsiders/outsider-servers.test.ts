/** What servers in every relation to a room are told of it, at every operation that reads one, in every visibility. */
import { isJsonObject, type JsonObject, parseJson, type UserId } from '@causeway/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { madeEvent } from '../hostile/hostile-event.ts';
import { list } from '../organisations.ts';
import { signedRequest } from '../signed-transaction.ts';
import {
  type Moment,
  moments,
  type OutsiderRooms,
  type Said,
  type Standing,
  standings,
  startOutsiderRooms,
  visibilities,
  type Visibility,
} from './outsider-rooms.ts';

let ground: OutsiderRooms;

beforeAll(async () => {
  ground = await startOutsiderRooms();
}, 60_000);
afterAll(() => ground[Symbol.asyncDispose]());

type Told = { readonly status: number; readonly errcode?: string; readonly text: string };

const ask = async (standing: Standing, method: string, path: string, body?: JsonObject): Promise<Told> => {
  const answer = await signedRequest(ground.servers[standing], ground.north, {
    method,
    url: `/_matrix/federation${path}`,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = Buffer.from(answer.bytes).toString();
  const parsed = answer.status === 200 ? undefined : parseJson(text);
  const errcode = parsed?.ok === true && isJsonObject(parsed.value) ? parsed.value.errcode : undefined;
  return { status: answer.status, text, ...(typeof errcode === 'string' ? { errcode } : {}) };
};

const FORBIDDEN = [403, 'M_FORBIDDEN'] as const;
const NOT_FOUND = [404, 'M_NOT_FOUND'] as const;
const verdictOf = ({ status, errcode }: Told) => [status, ...(errcode === undefined ? [] : [errcode])];

/**
 * What is seen by the rules of history visibility: whoever was in the room at that moment, or, where they suffice, was
 * invited then or has come in since and is there.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#room-history-visibility
 */
const seen: { readonly [visibility in Visibility]: { readonly [standing in Standing]: readonly Moment[] } } =
  {
    world_readable: {
      never: moments,
      invited: moments,
      left: moments,
      banned: moments,
      denied: [],
      member: moments,
    },
    shared: { never: [], invited: [], left: ['while'], banned: ['while'], denied: [], member: moments },
    invited: {
      never: [],
      invited: ['while', 'after'],
      left: ['while'],
      banned: ['while'],
      denied: [],
      member: ['while', 'after'],
    },
    joined: {
      never: [],
      invited: [],
      left: ['while'],
      banned: ['while'],
      denied: [],
      member: ['while', 'after'],
    },
  };

const cases = visibilities.flatMap((visibility) =>
  standings.map((standing) => [standing, visibility] as const),
);
const isOutside = ([standing]: readonly [Standing, Visibility]): boolean => standing !== 'member';

describe.each(cases)('a server that is %s, of a room that is %s', (standing, visibility) => {
  const eachMoment = async (look: (said: Said) => Promise<Told>, refusal: readonly (string | number)[]) => {
    for (const moment of moments) {
      const said = ground.rooms[visibility].said[moment];
      const told = await look(said);
      const isSeen = seen[visibility][standing].includes(moment);
      expect([moment, ...verdictOf(told)]).toEqual([moment, ...(isSeen ? [200] : refusal)]);
      expect([moment, told.text.includes(said.body)]).toEqual([moment, isSeen]);
    }
  };

  it('is given the events that it may see, and no others', () =>
    eachMoment(({ eventId }) => ask(standing, 'GET', `/v1/event/${encodeURIComponent(eventId)}`), FORBIDDEN));

  it('is given the files of these events, and no others', () =>
    eachMoment(({ mediaId }) => ask(standing, 'GET', `/v1/media/download/${mediaId}`), NOT_FOUND));
});

/** Of a room and an event in it. */
const noBody = (): undefined => undefined;
type GraphRead = readonly [
  name: string,
  method: string,
  path: string,
  body: (eventId: string) => JsonObject | undefined,
];
const graphReads: readonly GraphRead[] = [
  ['state', 'GET', '/v1/state/ROOM?event_id=EVENT', noBody],
  ['state_ids', 'GET', '/v1/state_ids/ROOM?event_id=EVENT', noBody],
  ['event_auth', 'GET', '/v1/event_auth/ROOM/EVENT', noBody],
  ['backfill', 'GET', '/v1/backfill/ROOM?v=EVENT&limit=100', noBody],
  [
    'get_missing_events',
    'POST',
    '/v1/get_missing_events/ROOM',
    (eventId) => ({ earliest_events: [], latest_events: [eventId], limit: 50, min_depth: 0 }),
  ],
  ['timestamp_to_event', 'GET', '/v1/timestamp_to_event/ROOM?ts=1&dir=f', noBody],
];

const filled = (path: string, visibility: Visibility, moment: Moment, standing: Standing): string => {
  const { roomId, said } = ground.rooms[visibility];
  return path
    .replace('ROOM', encodeURIComponent(roomId))
    .replace('EVENT', encodeURIComponent(said[moment].eventId))
    .replace('USER', encodeURIComponent(ground.theirs[standing].userId));
};

describe.each(graphReads)('%s', (_name, method, path, body) => {
  it.each(cases.filter(isOutside))(
    'tells a server that is %s nothing of a room that is %s',
    async (standing, visibility) => {
      for (const moment of moments) {
        const { eventId } = ground.rooms[visibility].said[moment];
        const told = await ask(standing, method, filled(path, visibility, moment, standing), body(eventId));
        expect([moment, ...verdictOf(told)]).toEqual([moment, ...FORBIDDEN]);
      }
    },
  );

  it.each(visibilities)('tells a member what the events of a room that is %s show', async (visibility) => {
    const { eventId } = ground.rooms[visibility].said.after;
    const told = await ask('member', method, filled(path, visibility, 'after', 'member'), body(eventId));
    expect(told.status).toBe(200);
    for (const moment of moments) {
      const isShown = told.text.includes(ground.rooms[visibility].said[moment].body);
      if (isShown) expect(seen[visibility].member).toContain(moment);
      if (path.includes('backfill'))
        expect([moment, isShown]).toEqual([moment, seen[visibility].member.includes(moment)]);
    }
  });
});

/** Whether the room can be entered or looked into from outside. */
const canPeek = (standing: Standing, visibility: Visibility): boolean =>
  standing === 'invited' ||
  standing === 'member' ||
  (visibility === 'world_readable' && standing !== 'denied');

describe('hierarchy', () => {
  it.each(cases)(
    'tells a server that is %s of a room that is %s only what it may see',
    async (standing, visibility) => {
      const path = filled('/v1/hierarchy/ROOM', visibility, 'after', standing);
      const told = await ask(standing, 'GET', path);
      const mayAsk = canPeek(standing, visibility) && standing !== 'denied';
      expect(verdictOf(told)).toEqual(mayAsk ? [200] : NOT_FOUND);
      expect(told.text.includes(`topic of ${visibility}`)).toBe(mayAsk);
    },
  );
});

describe.each([
  ['make_join', ['invited', 'member']],
  ['make_knock', []],
  ['make_leave', ['invited', 'member']],
] as const)('%s', (operation, allowed: readonly Standing[]) => {
  it.each(cases)(
    'is answered by the rules of the room, to a server that is %s, of one that is %s',
    async (standing, visibility) => {
      const path = filled(`/v1/${operation}/ROOM/USER?ver=12`, visibility, 'after', standing);
      const told = await ask(standing, 'GET', path);
      expect(verdictOf(told)).toEqual(allowed.includes(standing) ? [200] : FORBIDDEN);
      expect(told.text).not.toContain('topic of');
    },
  );
});

describe.each([
  ['send_join', 'join'],
  ['send_knock', 'knock'],
])('%s', (operation, membership) => {
  const outside = cases.filter(([standing]) => standing !== 'member' && standing !== 'invited');
  it.each(outside)(
    'tells nothing to a server that is %s, of a room that is %s',
    async (standing, visibility) => {
      const { roomId } = ground.rooms[visibility];
      const sender = ground.theirs[standing].userId as UserId;
      const { pdu, eventId } = await madeEvent(
        { receiver: ground.north.engine, author: ground.servers[standing].engine, roomId, sender },
        { type: 'm.room.member', state_key: sender, content: { membership } },
      );
      const version = membership === 'join' ? 'v2' : 'v1';
      const path = `/${version}/${operation}/${encodeURIComponent(roomId)}/${encodeURIComponent(eventId)}`;
      const told = await ask(standing, 'PUT', path, pdu);
      expect(verdictOf(told)).toEqual(FORBIDDEN);
      expect(told.text).not.toContain('topic of');
    },
  );
});

describe('publicRooms', () => {
  it.each(standings)(
    'tells a server that is %s of none of these rooms: nobody has listed them',
    async (standing) => {
      const told = await ask(standing, 'GET', '/v1/publicRooms');
      expect(told.status).toBe(200);
      const parsed = parseJson(told.text);
      expect(parsed.ok && isJsonObject(parsed.value) ? list(parsed.value.chunk) : undefined).toEqual([]);
    },
  );
});
