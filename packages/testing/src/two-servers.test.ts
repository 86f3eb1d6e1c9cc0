import {
  backfillRoom,
  banUser,
  cleanOutbox,
  createRoom,
  type Engine,
  inviteUser,
  joinRoom,
  kickUser,
  knockRoom,
  leaveRoom,
  outbox,
  redactEvent,
  remoteMemberships,
  roomById,
  sendEvent,
  stagedPdus,
  stateEvent,
  timeline,
  unbanUser,
} from '@causeway/homeserver';
import { KNOWN_ROOM_VERSIONS, type RoomId, type UserId } from '@causeway/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { impatientClock } from './hurried-clocks.ts';
import { eventually, TestNetwork, type TestServer } from './network.ts';

let network: TestNetwork;
let north: TestServer;
let south: TestServer;
let ada: UserId;
let sol: UserId;

beforeEach(async () => {
  network = new TestNetwork();
  north = await network.add('north.test', { clock: impatientClock });
  south = await network.add('south.test', { clock: impatientClock });
  ada = north.user('ada');
  sol = south.user('sol');
});

afterEach(() => network[Symbol.asyncDispose]());

const say = (server: TestServer, sender: UserId, roomId: RoomId, body: string) =>
  sendEvent(server.engine, {
    roomId,
    sender,
    type: 'm.room.message',
    content: { msgtype: 'm.text', body },
  });

const bodies = (engine: Engine, roomId: RoomId) =>
  engine.store.read(async (reader) => {
    const room = await roomById(reader, roomId);
    const rows = room ? await reader.scan(timeline, { where: { room_nid: room.room_nid } }) : [];
    const events = await engine.events.many(
      reader,
      rows.map((row) => row.event_nid),
    );
    return events
      .filter((event) => event.pdu.type === 'm.room.message')
      .map((event) => event.pdu.content['body']);
  });

const membership = (engine: Engine, roomId: RoomId, user: UserId) =>
  engine.store.read(async (reader) => {
    const room = await roomById(reader, roomId);
    const event = room && (await stateEvent(engine, reader, room, 'm.room.member', user));
    return event?.pdu.content['membership'];
  });

const invitation = (engine: Engine, user: UserId, roomId: RoomId) =>
  engine.store.read(async (reader) => {
    const user_nid = await engine.names.userNid(reader, user);
    return user_nid === undefined ? undefined : reader.get(remoteMemberships, { user_nid, room_id: roomId });
  });

const stateRoots = (roomId: RoomId) =>
  Promise.all(
    [north, south].map(async ({ engine }) =>
      engine.store.read(async (reader) => {
        const room = await roomById(reader, roomId);
        if (room === undefined) return [];
        const entries = await engine.states.entries(reader, room.room_nid, room.state_root);
        const events = await engine.events.many(
          reader,
          entries.map(([, nid]) => nid),
        );
        return events.map((event) => event.eventId).sort();
      }),
    ),
  );

const shared = async (version?: string): Promise<RoomId> => {
  const roomId = await createRoom(north.engine, ada, {
    preset: 'public_chat',
    name: 'Bridge',
    ...(version === undefined ? {} : { room_version: version }),
  });
  await joinRoom(south.engine, { userId: sol, roomIdOrAlias: roomId, via: ['north.test'] });
  await eventually(
    'north knows that sol joined',
    async () => (await membership(north.engine, roomId, sol)) === 'join',
  );
  return roomId;
};

describe.each(KNOWN_ROOM_VERSIONS)('two servers in a room of version %s', (version) => {
  it('exchange messages in both directions and agree on the state', async () => {
    const roomId = await shared(version);
    for (let index = 0; index < 10; index++) {
      await Promise.all([
        say(north, ada, roomId, `north ${index}`),
        say(south, sol, roomId, `south ${index}`),
      ]);
    }
    for (const { engine } of [north, south]) {
      await eventually('all messages', async () => (await bodies(engine, roomId)).length === 20);
      expect(new Set(await bodies(engine, roomId)).size).toBe(20);
    }
    const [a, b] = await stateRoots(roomId);
    expect(a).toEqual(b);
  });

  it('invite, decline, invite again and accept', async () => {
    const roomId = await createRoom(north.engine, ada, { name: 'Private', room_version: version });
    await inviteUser(north.engine, { roomId, sender: ada, target: sol, reason: 'come in' });
    expect((await invitation(south.engine, sol, roomId))?.membership).toBe('invite');
    await leaveRoom(south.engine, { roomId, sender: sol });
    await eventually(
      'north knows of the refusal',
      async () => (await membership(north.engine, roomId, sol)) === 'leave',
    );
    await inviteUser(north.engine, { roomId, sender: ada, target: sol });
    await joinRoom(south.engine, { userId: sol, roomIdOrAlias: roomId });
    expect(await membership(south.engine, roomId, sol)).toBe('join');
    await say(south, sol, roomId, 'here I am');
    await eventually('the message', async () => (await bodies(north.engine, roomId)).includes('here I am'));
  });

  it('catches up with what was missed while cut off, and heals a fork of state', async () => {
    const roomId = await shared(version);
    network.cut('south.test', true);
    for (let index = 0; index < 30; index++) await say(north, ada, roomId, `missed ${index}`);
    await sendEvent(north.engine, {
      roomId,
      sender: ada,
      type: 'm.room.topic',
      stateKey: '',
      content: { topic: 'n' },
    });
    for (let index = 0; index < 5; index++) await say(south, sol, roomId, `apart ${index}`);
    network.cut('south.test', false);
    await say(south, sol, roomId, 'back');
    for (const { engine } of [north, south]) {
      await eventually('all messages', async () => (await bodies(engine, roomId)).length === 36);
    }
    await eventually('the same state', async () => {
      const [a, b] = await stateRoots(roomId);
      return JSON.stringify(a) === JSON.stringify(b);
    });
  });

  it('redact, each their own and a moderator what others say', async () => {
    const roomId = await shared(version);
    const own = await say(south, sol, roomId, 'mistaken');
    const other = await say(south, sol, roomId, 'offensive');
    await eventually('both messages', async () => (await bodies(north.engine, roomId)).length === 2);
    await redactEvent(south.engine, { roomId, sender: sol, eventId: own });
    await redactEvent(north.engine, { roomId, sender: ada, eventId: other });
    for (const { engine } of [north, south]) {
      for (const eventId of [own, other]) {
        await eventually('the redaction', async () => {
          const event = await engine.store.read((reader) => engine.events.byId(reader, eventId));
          return event?.redactedBy !== null && event?.pdu.content['body'] === undefined;
        });
      }
    }
  });

  it('ban, and agree on it when both sides changed the room meanwhile', async () => {
    const roomId = await shared(version);
    network.cut('south.test', true);
    await banUser(north.engine, { roomId, sender: ada, target: sol });
    await say(south, sol, roomId, 'not banned as far as I know');
    network.cut('south.test', false);
    await say(north, ada, roomId, 'after the ban');
    await eventually('south knows of the ban', async () => {
      return (await membership(south.engine, roomId, sol)) === 'ban';
    });
    const again = joinRoom(south.engine, { userId: sol, roomIdOrAlias: roomId, via: ['north.test'] });
    await expect(again).rejects.toThrow();
    expect(await membership(north.engine, roomId, sol)).toBe('ban');
  });
});

describe('moderation across servers', () => {
  it('kicks, bans and unbans a remote member on both servers', async () => {
    const roomId = await shared();
    await kickUser(north.engine, { roomId, sender: ada, target: sol, reason: 'test' });
    await eventually(
      'south knows of the kick',
      async () => (await membership(south.engine, roomId, sol)) === 'leave',
    );
    await joinRoom(south.engine, { userId: sol, roomIdOrAlias: roomId, via: ['north.test'] });
    await banUser(north.engine, { roomId, sender: ada, target: sol });
    await eventually(
      'south knows of the ban',
      async () => (await membership(south.engine, roomId, sol)) === 'ban',
    );
    await expect(
      joinRoom(south.engine, { userId: sol, roomIdOrAlias: roomId, via: ['north.test'] }),
    ).rejects.toThrow();
    await unbanUser(north.engine, { roomId, sender: ada, target: sol });
    await joinRoom(south.engine, { userId: sol, roomIdOrAlias: roomId, via: ['north.test'] });
    expect(await membership(south.engine, roomId, sol)).toBe('join');
  });

  it('keeps out a server that the server ACL denies, until it is allowed again', async () => {
    const roomId = await shared();
    const setAcl = (deny: readonly string[]) =>
      sendEvent(north.engine, {
        roomId,
        sender: ada,
        type: 'm.room.server_acl',
        stateKey: '',
        content: { allow: ['*'], deny },
      });
    await setAcl(['South.TEST']);
    const denied = await say(south, sol, roomId, 'denied');
    await eventually('south tried', async () =>
      network.requests.some(
        ({ from, path, body }) =>
          from === 'south.test' && path.includes('/send/') && body?.includes('denied'),
      ),
    );
    expect(
      await north.engine.store.read((reader) => north.engine.events.byId(reader, denied)),
    ).toBeUndefined();
    await setAcl([]);
    await say(south, sol, roomId, 'allowed');
    await eventually('the next message', async () =>
      (await bodies(north.engine, roomId)).includes('allowed'),
    );
  });

  it('withdraws an invitation', async () => {
    const roomId = await createRoom(north.engine, ada, {});
    await inviteUser(north.engine, { roomId, sender: ada, target: sol });
    await kickUser(north.engine, { roomId, sender: ada, target: sol });
    await eventually(
      'the invitation is gone',
      async () => (await invitation(south.engine, sol, roomId))?.membership === 'leave',
    );
  });
});

describe('knocking', () => {
  const knockable = () =>
    createRoom(north.engine, ada, {
      name: 'Knock first',
      initial_state: [{ type: 'm.room.join_rules', state_key: '', content: { join_rule: 'knock' } }],
    });

  it('shows the room, and leads in when a moderator invites', async () => {
    const roomId = await knockable();
    await knockRoom(south.engine, {
      userId: sol,
      roomIdOrAlias: roomId,
      via: ['north.test'],
      reason: 'let me in',
    });
    const knock = await invitation(south.engine, sol, roomId);
    expect(knock?.membership).toBe('knock');
    expect(knock?.stripped_state).toContain('Knock first');
    expect(await membership(north.engine, roomId, sol)).toBe('knock');
    await inviteUser(north.engine, { roomId, sender: ada, target: sol });
    await joinRoom(south.engine, { userId: sol, roomIdOrAlias: roomId });
    expect(await membership(south.engine, roomId, sol)).toBe('join');
  });

  it('can be denied by the moderator and withdrawn by the knocker', async () => {
    const roomId = await knockable();
    const knock = () => knockRoom(south.engine, { userId: sol, roomIdOrAlias: roomId, via: ['north.test'] });
    await knock();
    await kickUser(north.engine, { roomId, sender: ada, target: sol });
    await eventually(
      'the knock is denied',
      async () => (await invitation(south.engine, sol, roomId))?.membership === 'leave',
    );
    await knock();
    await leaveRoom(south.engine, { roomId, sender: sol });
    await eventually(
      'north knows that it was withdrawn',
      async () => (await membership(north.engine, roomId, sol)) === 'leave',
    );
  });

  it('does not help somebody who is banned', async () => {
    const roomId = await knockable();
    await banUser(north.engine, { roomId, sender: ada, target: sol });
    const knock = knockRoom(south.engine, { userId: sol, roomIdOrAlias: roomId, via: ['north.test'] });
    await expect(knock).rejects.toThrow();
  });
});

describe('restricted rooms', () => {
  it('let in the members of another room, vouched for by a resident server', async () => {
    const club = await shared();
    const roomId = await createRoom(north.engine, ada, {
      initial_state: [
        {
          type: 'm.room.join_rules',
          state_key: '',
          content: { join_rule: 'restricted', allow: [{ type: 'm.room_membership', room_id: club }] },
        },
      ],
    });
    const mara = south.user('mara');
    await expect(
      joinRoom(south.engine, { userId: mara, roomIdOrAlias: roomId, via: ['north.test'] }),
    ).rejects.toThrow(/not in any of the rooms/);
    await joinRoom(south.engine, { userId: sol, roomIdOrAlias: roomId, via: ['north.test'] });
    expect(await membership(north.engine, roomId, sol)).toBe('join');
    await say(south, sol, roomId, 'inside');
    await eventually('the message', async () => (await bodies(north.engine, roomId)).includes('inside'));
  });
});

describe('a join that takes its time', () => {
  it('loses nothing that the room says meanwhile', async () => {
    const roomId = await createRoom(north.engine, ada, { preset: 'public_chat' });
    // Everything north says between its answer and our having entered arrives before that answer is read.
    network.delayAnswer = ({ path }) => (path.includes('/send_join/') ? 300 : 0);
    const joining = joinRoom(south.engine, { userId: sol, roomIdOrAlias: roomId, via: ['north.test'] });
    await eventually(
      'north lets sol in',
      async () => (await membership(north.engine, roomId, sol)) === 'join',
    );
    await say(north, ada, roomId, 'welcome');
    await joining;
    await eventually('the message', async () => (await bodies(south.engine, roomId)).includes('welcome'));
  });

  /** West says something, and is joined, while it can't hear that south joins through north. */
  const joinUnheard = async (visibility: string) => {
    const west = await network.add('west.test');
    const [wes, woe] = [west.user('wes'), west.user('woe')];
    // So that south has west's key.
    const other = await createRoom(west.engine, wes, { preset: 'public_chat' });
    await joinRoom(south.engine, { userId: sol, roomIdOrAlias: other, via: ['west.test'] });
    const roomId = await createRoom(north.engine, ada, {
      preset: 'public_chat',
      initial_state: [
        {
          type: 'm.room.history_visibility',
          state_key: '',
          content: { history_visibility: visibility },
        },
      ],
    });
    await joinRoom(west.engine, { userId: wes, roomIdOrAlias: roomId, via: ['north.test'] });
    network.cut('west.test', true);
    await joinRoom(west.engine, { userId: woe, roomIdOrAlias: roomId });
    await say(west, wes, roomId, 'is anybody there?');
    await joinRoom(south.engine, { userId: sol, roomIdOrAlias: roomId, via: ['north.test'] });
    network.cut('west.test', false);
    await eventually('the message in the north', async () =>
      (await bodies(north.engine, roomId)).includes('is anybody there?'),
    );
    return { roomId, woe };
  };

  it('brings what a third server said before it heard of the join, and its changes', async () => {
    const { roomId, woe } = await joinUnheard('shared');
    await eventually('the message', async () =>
      (await bodies(south.engine, roomId)).includes('is anybody there?'),
    );
    expect(await membership(south.engine, roomId, woe)).toBe('join');
  });

  it('does not bring it where only members may read', async () => {
    const { roomId } = await joinUnheard('joined');
    await say(north, ada, roomId, 'everybody is');
    await eventually('the answer', async () => (await bodies(south.engine, roomId)).includes('everybody is'));
    const sent = network.requests.filter(
      ({ from, to, body }) =>
        from === 'north.test' && to === 'south.test' && body?.includes('is anybody there?'),
    );
    expect(sent).toEqual([]);
  });

  it('is not sent a second time what the others knew to send', async () => {
    const west = await network.add('west.test');
    const wes = west.user('wes');
    const roomId = await createRoom(north.engine, ada, { preset: 'public_chat' });
    await joinRoom(west.engine, { userId: wes, roomIdOrAlias: roomId, via: ['north.test'] });
    await joinRoom(south.engine, { userId: sol, roomIdOrAlias: roomId, via: ['north.test'] });
    await eventually('the join', async () => (await membership(west.engine, roomId, sol)) === 'join');
    await say(west, wes, roomId, 'good evening');
    for (const { engine } of [north, south]) {
      await eventually('the message', async () => (await bodies(engine, roomId)).includes('good evening'));
    }
    await say(north, ada, roomId, 'to both');
    await eventually('the answer', async () => (await bodies(south.engine, roomId)).includes('to both'));
    const sent = network.requests.filter(
      ({ from, to, body }) => from === 'north.test' && to === 'south.test' && body?.includes('good evening'),
    );
    expect(sent).toEqual([]);
  });
});

describe('creating rooms', () => {
  it('makes different rooms for the same wish at the same moment', async () => {
    const made = await Promise.all(Array.from({ length: 5 }, () => createRoom(north.engine, ada, {})));
    expect(new Set(made).size).toBe(5);
  });
});

describe('what was acknowledged', () => {
  it('is taken up after a restart, without anybody sending something new', async () => {
    const roomId = await shared();
    // The event is staged on south as an acknowledged transaction leaves it, and south ends before it is processed.
    network.cut('south.test', true);
    const eventId = await say(north, ada, roomId, 'acknowledged');
    const event = await north.engine.store.read((reader) => north.engine.events.byId(reader, eventId));
    await south.engine.store.transact(async (tx) =>
      tx.insert(stagedPdus, {
        sequence: await tx.next('staged_pdu'),
        room_id: roomId,
        event_id: eventId,
        origin: 'north.test',
        json: JSON.stringify(event?.pdu),
        received_ts: Date.now(),
      }),
    );
    south = await south.restart();
    await eventually('the message', async () =>
      (await bodies(south.engine, roomId)).includes('acknowledged'),
    );
  });
});

describe('the outbox', () => {
  it('forgets what everybody has, and keeps what somebody lacks', async () => {
    const roomId = await shared();
    await say(north, ada, roomId, 'one');
    await eventually('the message', async () => (await bodies(south.engine, roomId)).includes('one'));
    const rows = () => north.engine.store.read((reader) => reader.count(outbox, {}));
    await eventually(
      'all is delivered',
      async () => (await cleanOutbox(north.engine, 0)) >= 0 && (await rows()) === 0,
    );
    network.cut('south.test', true);
    await say(north, ada, roomId, 'two');
    await cleanOutbox(north.engine, 0);
    expect(await rows()).toBe(1);
    network.cut('south.test', false);
    await say(south, sol, roomId, 'I am back');
    await eventually('the message', async () => (await bodies(south.engine, roomId)).includes('two'));
  });
});

describe('history and outages', () => {
  it('reads history from before the join by backfilling', async () => {
    const roomId = await createRoom(north.engine, ada, { preset: 'public_chat' });
    for (let index = 0; index < 40; index++) await say(north, ada, roomId, `old ${index}`);
    await joinRoom(south.engine, { userId: sol, roomIdOrAlias: roomId, via: ['north.test'] });
    expect(await bodies(south.engine, roomId)).toEqual([]);
    for (let round = 0; round < 10; round++) {
      const { complete } = await backfillRoom(south.engine, {
        roomId,
        belowPosition: Number.MAX_SAFE_INTEGER,
        limit: 20,
      });
      if (complete) break;
    }
    expect(await bodies(south.engine, roomId)).toEqual(
      Array.from({ length: 40 }, (_, index) => `old ${index}`),
    );
  });

  it('delivers what was sent while the other side was down, also after a restart of the sender', async () => {
    const roomId = await shared();
    network.cut('south.test', true);
    for (let index = 0; index < 5; index++) await say(north, ada, roomId, `waiting ${index}`);
    north = await north.restart();
    network.cut('south.test', false);
    await say(north, ada, roomId, 'after');
    await eventually('all messages', async () => (await bodies(south.engine, roomId)).length === 6);
    expect(await bodies(south.engine, roomId)).toEqual([
      ...Array.from({ length: 5 }, (_, index) => `waiting ${index}`),
      'after',
    ]);
  });

  it('says nothing of a room of one organisation only to anybody', async () => {
    const roomId = await createRoom(north.engine, ada, { creation_content: { 'm.federate': false } });
    await say(north, ada, roomId, 'internal');
    await expect(inviteUser(north.engine, { roomId, sender: ada, target: sol })).rejects.toThrow(
      /this organisation only/,
    );
    await expect(
      joinRoom(south.engine, { userId: sol, roomIdOrAlias: roomId, via: ['north.test'] }),
    ).rejects.toThrow();
    // North looked up the key of the server that asked, and said nothing else.
    const sent = network.requests.filter((request) => request.from === 'north.test');
    expect(sent.filter((request) => request.path !== '/_matrix/key/v2/server')).toEqual([]);
  });
});
