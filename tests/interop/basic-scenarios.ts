/** Invitations, messages, names, joins: what every pair of servers has to do. */
import { randomBytes } from 'node:crypto';
import { MatrixRequestError } from './matrix-client.ts';
import {
  allBodies,
  at,
  bothWays,
  defaultRoomVersion,
  equal,
  exactly,
  exchange,
  localpartOf,
  numbered,
  type Scenario,
  serverOf,
  sharedRoom,
  until,
  untilMembership,
} from './two-sides.ts';

export const basicScenarios: readonly Scenario[] = [
  ...bothWays(
    'an invitation is accepted',
    ['invite.by-id', 'invite.accept', 'messages.send', 'members.mixed', 'members.join'],
    async (direction) => {
      await exchange(direction, await sharedRoom(direction));
    },
  ),
  ...bothWays('an invitation is declined', ['invite.decline'], async ({ here, there }) => {
    const roomId = await here.createRoom({ preset: 'private_chat' });
    await here.invite(roomId, there.userId);
    await there.waitForInvitation(roomId);
    await there.leave(roomId);
    const left = await there.waitFor('the end of the invitation', ({ rooms }) => rooms?.leave?.[roomId]);
    equal(left.timeline?.events.at(-1)?.content['membership'], 'leave', 'what ended it');
    await untilMembership(here, roomId, there, 'leave');
  }),
  ...bothWays('an invitation is withdrawn', ['invite.revoke'], async ({ here, there }, { theirs }) => {
    const roomId = await here.createRoom({ preset: 'private_chat' });
    await here.invite(roomId, there.userId);
    await there.waitForInvitation(roomId);
    await here.kick(roomId, there.userId);
    // Synapse does not tell a server that is not in the room.
    if (here === theirs) return;
    await there.waitFor('the end of the invitation', ({ rooms }) => rooms?.leave?.[roomId]);
  }),
  ...bothWays(
    'joining by alias',
    ['join.alias', 'settings.alias', 'settings.public', 'members.self-join'],
    async ({ here, there }) => {
      const localpart = `open-${localpartOf(here)}`;
      const roomId = await here.createRoom({ preset: 'public_chat', room_alias_name: localpart });
      equal(await there.join(`#${localpart}:${serverOf(here)}`), roomId, 'the room of the alias');
      await untilMembership(here, roomId, there, 'join');
    },
  ),
  ...bothWays(
    '20 messages each way at once, nothing lost or doubled',
    ['messages.send'],
    async (direction) => {
      const roomId = await sharedRoom(direction);
      const [mine, yours] = [numbered(20, 'mine'), numbered(20, 'yours')];
      await Promise.all([
        ...mine.map((body) => direction.here.sendText(roomId, body)),
        ...yours.map((body) => direction.there.sendText(roomId, body)),
      ]);
      for (const client of [direction.here, direction.there]) {
        await until(`${client.userId} has all`, async () =>
          exactly(await allBodies(client, roomId), [...mine, ...yours], client.userId),
        );
      }
    },
  ),
  ...bothWays(
    'an edit, a reaction, a reply and a deletion',
    ['messages.edit', 'reactions.any', 'reactions.remove', 'messages.delete-own'],
    async (direction) => {
      const { here, there } = direction;
      const roomId = await sharedRoom(direction);
      const eventId = await here.sendText(roomId, 'first');
      await there.waitForText(roomId, 'first');
      await here.send(roomId, 'm.room.message', {
        msgtype: 'm.text',
        body: '* second',
        'm.new_content': { msgtype: 'm.text', body: 'second' },
        'm.relates_to': { rel_type: 'm.replace', event_id: eventId },
      });
      const edit = await there.waitForText(roomId, '* second');
      equal(at(edit.content, 'm.relates_to', 'event_id'), eventId, 'what the edit replaces');
      const reaction = await there.send(roomId, 'm.reaction', {
        'm.relates_to': { rel_type: 'm.annotation', event_id: eventId, key: '👍' },
      });
      await here.waitForEvent(roomId, 'the reaction', ({ event_id }) => event_id === reaction);
      await there.send(roomId, 'm.room.message', {
        msgtype: 'm.text',
        body: 'a reply',
        'm.relates_to': { 'm.in_reply_to': { event_id: eventId } },
      });
      await here.waitForText(roomId, 'a reply');
      await there.redact(roomId, reaction);
      await here.redact(roomId, eventId, 'gone');
      for (const client of [here, there]) {
        for (const id of [reaction, eventId]) {
          await until(
            `${client.userId} sees ${id} deleted`,
            async () => Object.keys((await client.event(roomId, id)).content).length === 0,
          );
        }
      }
    },
  ),
  ...bothWays('an image, byte for byte', ['files.bytes'], async (direction) => {
    const { here, there } = direction;
    const roomId = await sharedRoom(direction);
    // Blank lines inside: what cuts multipart answers in lesser parsers.
    const image = new Uint8Array([...randomBytes(50_000), 13, 10, 13, 10, ...randomBytes(20_000), 13, 10]);
    const url = await here.upload(image, 'image/png', 'picture.png');
    await here.send(roomId, 'm.room.message', {
      msgtype: 'm.image',
      body: 'picture.png',
      url,
      info: { mimetype: 'image/png', size: image.length },
    });
    const message = await there.waitForText(roomId, 'picture.png');
    const { bytes, contentType } = await there.download(String(message.content['url']));
    equal(contentType, 'image/png', 'the content type');
    equal(Buffer.compare(bytes, image), 0, 'the comparison of the bytes');
  }),
  ...bothWays(
    'kick, ban and unban',
    ['members.kick', 'members.ban', 'bans.kick', 'bans.ban', 'bans.join', 'bans.unban'],
    async (direction) => {
      const { here, there } = direction;
      const roomId = await here.createRoom({ preset: 'public_chat' });
      const join = () => there.join(roomId, [serverOf(here)]);
      await join();
      await untilMembership(here, roomId, there, 'join');
      await here.kick(roomId, there.userId, 'for a test');
      await there.waitFor('the kick', ({ rooms }) => rooms?.leave?.[roomId]);
      await join();
      await untilMembership(here, roomId, there, 'join');
      await here.ban(roomId, there.userId);
      await there.waitFor('the ban', ({ rooms }) => rooms?.leave?.[roomId]);
      const refused = await join().then(
        () => false,
        (error: unknown) => error instanceof MatrixRequestError && error.status === 403,
      );
      equal(refused, true, 'whether a banned person is kept out');
      await here.unban(roomId, there.userId);
      await until('the way back in', async () => (await join()) === roomId);
      await untilMembership(here, roomId, there, 'join');
    },
  ),
  ...bothWays('name and topic', ['settings.name', 'settings.topic'], async (direction) => {
    const { here, there } = direction;
    const roomId = await sharedRoom(direction);
    await here.sendState(roomId, 'm.room.name', '', { name: 'A name' });
    await here.sendState(roomId, 'm.room.topic', '', { topic: 'A topic' });
    await until('the name', async () => (await there.state(roomId, 'm.room.name'))['name'] === 'A name');
    await until('the topic', async () => (await there.state(roomId, 'm.room.topic'))['topic'] === 'A topic');
  }),
  ...bothWays('typing and receipts', ['typing', 'receipts'], async (direction) => {
    const { here, there } = direction;
    const roomId = await sharedRoom(direction);
    await there.sync();
    await here.typing(roomId, true);
    await there.waitFor('typing', ({ rooms }) =>
      rooms?.join?.[roomId]?.ephemeral?.events.some(
        ({ type, content }) => type === 'm.typing' && JSON.stringify(content).includes(here.userId),
      ),
    );
    const eventId = await there.sendText(roomId, 'read me');
    await here.waitForText(roomId, 'read me');
    await here.sendReceipt(roomId, eventId);
    await there.waitFor('the receipt', ({ rooms }) =>
      rooms?.join?.[roomId]?.ephemeral?.events.some(
        ({ type, content }) =>
          type === 'm.receipt' && JSON.stringify(content[eventId] ?? '').includes(here.userId),
      ),
    );
  }),
  ...bothWays(
    'a new display name and avatar',
    ['members.profile', 'profiles.membership'],
    async (direction) => {
      const { here, there } = direction;
      const roomId = await sharedRoom(direction);
      const name = `Renamed by ${direction.label}`;
      const avatar_url = await here.upload(new Uint8Array(randomBytes(300)), 'image/png', 'avatar.png');
      await here.setDisplayName(name);
      await here.call('PUT', `v3/profile/${encodeURIComponent(here.userId)}/avatar_url`, { avatar_url });
      await until('the new name and avatar', async () => {
        const member = await there.state(roomId, 'm.room.member', here.userId);
        return member['displayname'] === name && member['avatar_url'] === avatar_url;
      });
      equal((await there.profile(here.userId))['displayname'], name, 'the profile asked for over federation');
    },
  ),
  ...bothWays('leaving', ['members.leave'], async (direction) => {
    const { here, there } = direction;
    const roomId = await sharedRoom(direction);
    await there.leave(roomId);
    await untilMembership(here, roomId, there, 'leave');
  }),
  ...bothWays('a room in the default version of its server', ['messages.send'], async (direction) => {
    const roomId = await sharedRoom(direction);
    await exchange(direction, roomId);
    const create = await direction.there.state(roomId, 'm.room.create');
    equal(create['room_version'], await defaultRoomVersion(direction.here), 'the room version');
  }),
  ...['10', '11', '12'].flatMap((version) =>
    bothWays(`a room of version ${version}`, ['messages.send'], async (direction) => {
      const roomId = await sharedRoom(direction, { room_version: version });
      await exchange(direction, roomId);
      equal(
        await direction.here.members(roomId),
        await direction.there.members(roomId),
        'the members on both sides',
      );
    }),
  ),
  ...bothWays(
    'history from before the join',
    ['history.older', 'settings.history-shared'],
    async ({ here, there }) => {
      const roomId = await here.createRoom({ preset: 'public_chat' });
      const old = numbered(45, 'old');
      for (const body of old) await here.sendText(roomId, body);
      await there.join(roomId, [serverOf(here)]);
      await until('all of the history', async () =>
        exactly(await allBodies(there, roomId), old, there.userId),
      );
      equal(
        (await allBodies(there, roomId)).toReversed(),
        (await allBodies(here, roomId)).toReversed(),
        'the order on both sides',
      );
    },
  ),
  ...bothWays(
    'knocking: withdrawn or denied, then let in',
    ['knock.ask', 'knock.approve', 'settings.knock'],
    async (direction, { ours }) => {
      const { here, there } = direction;
      const roomId = await here.createRoom({
        preset: 'private_chat',
        initial_state: [{ type: 'm.room.join_rules', state_key: '', content: { join_rule: 'knock' } }],
      });
      const knock = () =>
        there.call('POST', `v3/knock/${encodeURIComponent(roomId)}?server_name=${serverOf(here)}`, {
          reason: 'let me in',
        });
      await knock();
      await there.sync();
      await untilMembership(here, roomId, there, 'knock');
      // Synapse withdraws a knock without telling the room, and does not hear that its knock is denied.
      if (there === ours) {
        await there.leave(roomId);
        await untilMembership(here, roomId, there, 'leave');
        await there.waitFor('the end of the knock', ({ rooms }) => rooms?.leave?.[roomId]);
      } else {
        await here.kick(roomId, there.userId);
      }
      await knock();
      await untilMembership(here, roomId, there, 'knock');
      await here.invite(roomId, there.userId);
      await there.waitForInvitation(roomId);
      await there.join(roomId, [serverOf(here)]);
      await exchange(direction, roomId);
    },
  ),
  ...bothWays(
    'a restricted room lets in the members of another room',
    ['settings.restricted'],
    async (direction) => {
      const { here, there } = direction;
      const club = await sharedRoom(direction);
      const roomId = await here.createRoom({
        preset: 'private_chat',
        initial_state: [
          {
            type: 'm.room.join_rules',
            state_key: '',
            content: { join_rule: 'restricted', allow: [{ type: 'm.room_membership', room_id: club }] },
          },
        ],
      });
      await there.join(roomId, [serverOf(here)]);
      await exchange(direction, roomId);
    },
  ),
  ...bothWays(
    'the public room directory of the other server',
    ['discovery.there', 'discovery.search', 'settings.directory'],
    async ({ here, there, label }) => {
      const name = `Listed by ${label} ${Date.now()}`;
      const roomId = await here.createRoom({ preset: 'public_chat', visibility: 'public', name });
      // Synapse counts in the background, and lists a room when it has.
      await until('the room in the directory', async () => {
        const path = `v3/publicRooms?server=${encodeURIComponent(serverOf(here))}`;
        const answer = await there.call('POST', path, { filter: { generic_search_term: name } });
        return JSON.stringify(answer['chunk']).includes(roomId);
      });
    },
  ),
  {
    alone: true,
    name: 'Causeway is stopped during 30 messages of Synapse and catches up by itself',
    direction: 'synapse-causeway',
    shows: ['outage.taken', 'outage.arrives'],
    run: async ({ causeway, ours, theirs }) => {
      const roomId = await sharedRoom({ here: ours, there: theirs });
      await causeway.stop();
      const missed = numbered(30, 'missed');
      for (const body of missed) await theirs.sendText(roomId, body);
      await causeway.start();
      await until(
        'all that was missed',
        async () => exactly(await allBodies(ours, roomId), missed, ours.userId),
        60_000,
      );
    },
  },
  {
    alone: true,
    name: 'Synapse is stopped during 30 messages of Causeway and catches up',
    direction: 'causeway-synapse',
    shows: ['outage.taken', 'outage.arrives'],
    run: async ({ synapse, ours, theirs }) => {
      const roomId = await sharedRoom({ here: ours, there: theirs });
      await synapse.stop();
      const missed = numbered(30, 'missed');
      for (const body of missed) await ours.sendText(roomId, body);
      await synapse.start();
      await until(
        'all that was missed',
        async () => exactly(await allBodies(theirs, roomId), missed, theirs.userId),
        60_000,
      );
    },
  },
];
