/**
 * The ways by which an event of another server comes in: its own requests, and its answers to ours; each with what has to
 * happen so that one comes that way. What an invited server answers is no such way: it is our own event, and beside our
 * signature nothing depends on another.
 */
import { randomBytes } from 'node:crypto';
import { type Engine, roomById, rulesOf } from '@causeway/homeserver';
import { isJsonObject, type JsonObject, type Pdu, type UserId } from '@causeway/protocol';
import { at, list, roomPath, say, until } from '../organisations.ts';
import { signedRequest } from '../signed-transaction.ts';
import { type EventFault, type Signers, textOf } from './event-faults.ts';
import type { HostileGround } from './hostile-ground.ts';
import { type Ground, type Made, madeEvent } from './hostile-event.ts';

export type Scene = {
  readonly ground: HostileGround;
  /** A room of both, made with the door's options. */
  readonly roomId: string;
  readonly signers: Signers;
};

/** What came of an event that was spoilt. */
export type Brought = {
  /** As it was before. */
  readonly made: Made;
  /** Where both servers have to hear each other afterwards. */
  readonly roomId: string;
  /** Why its sender was refused, '' when not; absent where nobody asked us. */
  readonly told?: string;
  /** The content that is kept of it; undefined when nothing is. */
  readonly kept: () => Promise<JsonObject | undefined>;
};

export type EventDoor = {
  readonly name: string;
  readonly roomOptions?: JsonObject;
  /** What a sender is told of an event that is dropped; absent where nobody asked us. */
  readonly refusal?: RegExp;
  readonly bring: (scene: Scene, fault: EventFault) => Promise<Brought>;
};

const NOT_FOUND = { status: 404, text: '{"errcode":"M_NOT_FOUND","error":"No."}' };
/** Beyond these, the whole state is fetched in the place of single events. */
const MAX_SINGLE_EVENTS = 40;

let people = 0;
const somebody = (): UserId => `@somebody-${++people}:south.test` as UserId;

const placeIn = ({ ground, roomId }: Scene, sender: UserId = ground.samId): Ground => ({
  receiver: ground.north.engine,
  author: ground.south.engine,
  roomId,
  sender,
});

const keptBy =
  (engine: () => Engine, { eventId }: Made) =>
  async (): Promise<JsonObject | undefined> =>
    engine().store.read(async (reader) => (await engine().events.byId(reader, eventId))?.pdu.content);

const brought = ({ ground, roomId }: Scene, made: Made): Brought => ({
  made,
  roomId,
  kept: keptBy(() => ground.north.engine, made),
});

/** The request of south, and why it was refused; '' when it was not. */
const ask = async ({ ground }: Scene, url: string, body: string): Promise<string> => {
  const answer = await signedRequest(ground.south, ground.north, { method: 'PUT', url, body });
  const text = Buffer.from(answer.bytes).toString();
  return answer.status === 200 ? '' : `${answer.status} ${text}`;
};

const membershipOf = (scene: Scene, user: UserId, membership: string): Promise<Made> =>
  madeEvent(placeIn(scene, user), {
    type: 'm.room.member',
    state_key: user,
    content: { membership, displayname: 'Somebody' },
  });

const sendMembership = (scene: Scene, operation: string, { eventId }: Made, pdu: Pdu): Promise<string> =>
  ask(
    scene,
    `/_matrix/federation/${operation}/${encodeURIComponent(scene.roomId)}/${encodeURIComponent(eventId)}`,
    textOf(pdu),
  );

const REFUSED = /^400 .*"M_INVALID_PARAM".*signature/;

const bySendMembership = (
  operation: string,
  membership: string,
  roomOptions: JsonObject = {},
): EventDoor => ({
  name: operation,
  roomOptions,
  refusal: REFUSED,
  bring: async (scene, fault) => {
    const user = somebody();
    if (membership === 'leave') {
      const join = await membershipOf(scene, user, 'join');
      await sendMembership(scene, 'v2/send_join', join, join.pdu);
    }
    const made = await membershipOf(scene, user, membership);
    const told = await sendMembership(scene, operation, made, fault.spoil(made, scene.signers));
    return { ...brought(scene, made), told };
  },
});

const bySend: EventDoor = {
  name: 'v1/send',
  refusal: /signature/,
  bring: async (scene, fault) => {
    const made = await madeEvent(placeIn(scene));
    const text = textOf(fault.spoil(made, scene.signers));
    const { body } = await scene.ground.send(`{"pdus":[${text}],"edus":[]}`);
    const verdict = at(body, 'pdus', made.eventId);
    const error = isJsonObject(verdict) ? (verdict.error ?? '') : 'nothing was said';
    return { ...brought(scene, made), told: String(error) };
  },
};

const inviteIn = async (person: HostileGround['nora'], roomId: string): Promise<JsonObject | undefined> => {
  const sync = await person.ok('GET', '/sync');
  const shown = list(at(sync, 'rooms', 'invite', roomId, 'invite_state', 'events'));
  const content = shown.find(({ state_key }) => state_key === person.userId)?.content;
  return isJsonObject(content) ? content : undefined;
};

/** Into a room that is south's alone. */
const byInvite: EventDoor = {
  name: 'v2/invite',
  refusal: REFUSED,
  bring: async (scene, fault) => {
    const { ground, signers } = scene;
    const { sam, samId, south } = ground;
    const { room_id } = await sam.ok('POST', '/createRoom', {});
    const roomId = String(room_id);
    const nora = ground.nora.userId;
    const made = await madeEvent(
      { receiver: south.engine, author: south.engine, roomId, sender: samId },
      { type: 'm.room.member', state_key: nora, content: { membership: 'invite', displayname: 'Nora' } },
    );
    const create = await stateOf(south.engine, roomId, 'm.room.create');
    const told = await ask(
      scene,
      `/_matrix/federation/v2/invite/${encodeURIComponent(roomId)}/${encodeURIComponent(made.eventId)}`,
      `{"room_version":"12","event":${textOf(fault.spoil(made, signers))},"invite_room_state":[${textOf(create.pdu)}]}`,
    );
    return { made, roomId: scene.roomId, told, kept: () => inviteIn(ground.nora, roomId) };
  },
};

const stateOf = (engine: Engine, roomId: string, type?: string): Promise<Made> =>
  currentState(engine, roomId).then((events) => {
    const found = events.find(({ pdu }) => pdu.type === type);
    if (found === undefined) throw new Error(`${roomId} has no ${type}`);
    return found;
  });

const currentState = (engine: Engine, roomId: string): Promise<readonly Made[]> =>
  engine.store.read(async (reader) => {
    const room = await roomById(reader, roomId);
    if (room === undefined) throw new Error(`there is no room ${roomId}`);
    const entries = await engine.states.entries(reader, room.room_nid, room.state_root);
    const events = await engine.events.many(
      reader,
      entries.map(([, nid]) => nid),
    );
    return events.map(({ eventId, pdu }) => ({ eventId, pdu, rules: rulesOf(room) }));
  });

/** What south answers: to requests with all of these words in them. */
type Lie = readonly [words: readonly string[], text: string];

const lying =
  (lies: readonly Lie[], denied?: string): Parameters<HostileGround['deceive']>[0] =>
  async ({ path, body = '' }) => {
    const asked = `${decodeURIComponent(path)} ${body}`;
    const lie = lies.find(([words]) => words.every((word) => asked.includes(word)));
    if (lie !== undefined) return { status: 200, text: lie[1] };
    return denied !== undefined && asked.includes(denied) ? NOT_FOUND : undefined;
  };

const events = (name: string, pdus: readonly string[]): string => `{"${name}":[${pdus.join(',')}]}`;

/** Sends an event of which something is missing; over when that was taken or dropped. */
const sendWithLies = async (
  scene: Scene,
  { event, missing, lies }: { readonly event: Made; readonly missing: Made; readonly lies: readonly Lie[] },
): Promise<Brought> => {
  const { ground } = scene;
  ground.deceive(lying(lies, missing.eventId));
  ground.dropped();
  const came = brought(scene, missing);
  await ground.send(`{"pdus":[${textOf(event.pdu)}],"edus":[]}`);
  await until(`${missing.eventId} is judged`, async () =>
    ground.dropped().some((reason) => reason.includes('signature')) || (await came.kept()) !== undefined
      ? true
      : undefined,
  );
  return came;
};

type Gap = { readonly parent: Made; readonly child: Made };

const gapIn = async (scene: Scene): Promise<Gap> => {
  const parent = await madeEvent(placeIn(scene));
  return { parent, child: await madeEvent(placeIn(scene), { prev_events: [parent.eventId] }) };
};

const byMissingEvents: EventDoor = {
  name: 'the answer to v1/get_missing_events',
  bring: async (scene, fault) => {
    const { parent, child } = await gapIn(scene);
    const text = textOf(fault.spoil(parent, scene.signers));
    return sendWithLies(scene, {
      event: child,
      missing: parent,
      lies: [[['/get_missing_events/', child.eventId], events('events', [text])]],
    });
  },
};

const noneMissing = ({ child }: Gap): Lie => [['/get_missing_events/', child.eventId], events('events', [])];

const idsOf = async ({ ground, roomId }: Scene, also: readonly string[] = []): Promise<string> => {
  const state = await currentState(ground.north.engine, roomId);
  const pdu_ids = [...state.map(({ eventId }) => eventId), ...also];
  return JSON.stringify({ pdu_ids, auth_chain_ids: [] });
};

const byEvent: EventDoor = {
  name: 'the answer to v1/event',
  bring: async (scene, fault) => {
    const gap = await gapIn(scene);
    const { parent, child } = gap;
    const text = textOf(fault.spoil(parent, scene.signers));
    return sendWithLies(scene, {
      event: child,
      missing: parent,
      lies: [
        noneMissing(gap),
        [['/event/', parent.eventId], events('pdus', [text])],
        [['/state_ids/', parent.eventId], await idsOf(scene)],
      ],
    });
  },
};

const someState = (scene: Scene): Promise<Made> =>
  madeEvent(placeIn(scene), {
    type: 'org.example.told',
    state_key: crypto.randomUUID(),
    content: { told: 'by south' },
  });

/** Single events of a state that is told as IDs. */
const byStateIds: EventDoor = {
  name: 'the answer to v1/event after one to v1/state_ids',
  bring: async (scene, fault) => {
    const gap = await gapIn(scene);
    const { parent, child } = gap;
    const told = await someState(scene);
    return sendWithLies(scene, {
      event: child,
      missing: told,
      lies: [
        noneMissing(gap),
        [['/event/', parent.eventId], events('pdus', [textOf(parent.pdu)])],
        [['/state_ids/', parent.eventId], await idsOf(scene, [told.eventId])],
        [['/event/', told.eventId], events('pdus', [textOf(fault.spoil(told, scene.signers))])],
      ],
    });
  },
};

const byState: EventDoor = {
  name: 'the answer to v1/state',
  bring: async (scene, fault) => {
    const gap = await gapIn(scene);
    const { parent, child } = gap;
    const told = await someState(scene);
    const unknown = Array.from(
      { length: MAX_SINGLE_EVENTS },
      () => `$${randomBytes(32).toString('base64url')}`,
    );
    const text = textOf(fault.spoil(told, scene.signers));
    return sendWithLies(scene, {
      event: child,
      missing: told,
      lies: [
        noneMissing(gap),
        [['/event/', parent.eventId], events('pdus', [textOf(parent.pdu)])],
        [['/state_ids/', parent.eventId], await idsOf(scene, [told.eventId, ...unknown])],
        [['/state/', parent.eventId], `{"pdus":[${text}],"auth_chain":[]}`],
      ],
    });
  },
};

const byEventAuth: EventDoor = {
  name: 'the answer to v1/event_auth',
  bring: async (scene, fault) => {
    const user = somebody();
    const join = await membershipOf(scene, user, 'join');
    const { pdu } = await madeEvent(placeIn(scene, user));
    const event = await madeEvent(placeIn(scene, user), { auth_events: [...pdu.auth_events, join.eventId] });
    const text = textOf(fault.spoil(join, scene.signers));
    return sendWithLies(scene, {
      event,
      missing: join,
      lies: [[['/event_auth/', event.eventId], events('auth_chain', [text])]],
    });
  },
};

const joinOf = async ({ nora }: HostileGround, roomId: string): Promise<void> => {
  await nora.ok('POST', `/join/${encodeURIComponent(roomId)}?via=south.test`, {});
};

const byBackfill: EventDoor = {
  name: 'the answer to v1/backfill',
  bring: async (scene, fault) => {
    const { ground, signers } = scene;
    const { sam, south } = ground;
    const { room_id } = await sam.ok('POST', '/createRoom', { preset: 'public_chat' });
    const roomId = String(room_id);
    const eventId = await say(sam, roomId, 'before anybody came');
    const made = await storedBy(south.engine, roomId, eventId);
    await joinOf(ground, roomId);
    const text = textOf(fault.spoil(made, signers));
    ground.deceive(lying([[['/backfill/', eventId], events('pdus', [text])]]));
    await ground.nora.ok('GET', `${roomPath(roomId)}/messages?dir=b&limit=20`);
    const content = await keptBy(() => ground.north.engine, made)();
    // A bad answer does not stand in the way of a good one.
    ground.deceive(undefined);
    await until('the history', async () => {
      const { chunk } = await ground.nora.ok('GET', `${roomPath(roomId)}/messages?dir=b&limit=20`);
      return list(chunk).some(({ event_id }) => event_id === eventId) ? true : undefined;
    });
    return { made, roomId, kept: async () => content };
  },
};

const storedBy = (engine: Engine, roomId: string, eventId: string): Promise<Made> =>
  engine.store.read(async (reader) => {
    const room = await roomById(reader, roomId);
    const event = await engine.events.byId(reader, eventId);
    if (room === undefined || event === undefined) throw new Error(`there is no event ${eventId}`);
    return { rules: rulesOf(room), eventId: event.eventId, pdu: event.pdu };
  });

const bySendJoinAnswer: EventDoor = {
  name: 'the answer to our v2/send_join',
  bring: async (scene, fault) => {
    const { ground, signers } = scene;
    const { room_id } = await ground.sam.ok('POST', '/createRoom', { preset: 'public_chat', topic: 'Told' });
    const roomId = String(room_id);
    const made = await stateOf(ground.south.engine, roomId, 'm.room.topic');
    const spoilt = fault.spoil(made, signers);
    ground.deceive(async ({ path }, truth) => {
      if (!path.includes('/send_join/')) return undefined;
      const answer = JSON.parse(await truth()) as JsonObject;
      const state = list(answer.state).map((event) => (event.type === made.pdu.type ? spoilt : event));
      return { status: 200, text: JSON.stringify({ ...answer, state }) };
    });
    await joinOf(ground, roomId);
    // Later it may come as history, from south as it is.
    const content = await keptBy(() => ground.north.engine, made)();
    return { made, roomId, kept: async () => content };
  },
};

export const eventDoors: readonly EventDoor[] = [
  bySend,
  bySendMembership('v2/send_join', 'join'),
  bySendMembership('v1/send_join', 'join'),
  bySendMembership('v2/send_leave', 'leave'),
  bySendMembership('v1/send_leave', 'leave'),
  bySendMembership('v1/send_knock', 'knock', {
    initial_state: [{ type: 'm.room.join_rules', content: { join_rule: 'knock' } }],
  }),
  byInvite,
  byMissingEvents,
  byEvent,
  byStateIds,
  byState,
  byEventAuth,
  byBackfill,
  bySendJoinAnswer,
];

/** The other operations between servers, and why no signed event comes in by them, neither asked nor answered. */
export const noDoors: readonly (readonly [operation: string, reason: string])[] = [
  ['v1/invite', 'only of room versions 1 and 2; its event goes to the same function as that of v2/invite'],
  ['v1/make_join', 'answered with a template, which nobody has signed'],
  ['v1/make_leave', 'answered with a template, which nobody has signed'],
  ['v1/make_knock', 'answered with a template, which nobody has signed'],
  ['v1/hierarchy', 'answered with summaries'],
  ['v1/publicRooms', 'answered with summaries'],
  ['v1/timestamp_to_event', 'answered with an ID; the event itself comes by v1/event'],
  ['v1/media/download', 'answered with a file'],
  ['v1/media/thumbnail', 'answered with a file'],
  ['v1/query/directory', 'answered with names'],
  ['v1/query/profile', 'answered with names'],
  ['v1/version', 'answered with names'],
  ['v1/openid/userinfo', 'answered with names'],
  ['v1/exchange_third_party_invite', 'brings part of an event, from which we make one of ours'],
  ['v1/3pid/onbind', 'brings what an identity server signed, which is no event'],
  ['v1/user/devices', 'answered with keys of devices'],
  ['v1/user/keys/query', 'answered with keys of devices'],
  ['v1/user/keys/claim', 'answered with keys of devices'],
];
