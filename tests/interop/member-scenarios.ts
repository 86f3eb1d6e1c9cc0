/** What members see and do beyond messages: presence, search, spaces, upgrades, delivery. */
import { bothWays, equal, type Scenario, serverOf, sharedRoom, until } from './scenarios.ts';
import { MatrixRequestError } from './matrix-client.ts';

const inRoom = (roomId: string) => encodeURIComponent(roomId);

const listOf = (value: unknown): readonly Record<string, unknown>[] => (Array.isArray(value) ? value : []);

export const memberScenarios: readonly Scenario[] = [
  ...bothWays('presence and a status message', async (direction) => {
    const { here, there } = direction;
    await sharedRoom(direction);
    await there.sync();
    const path = `v3/presence/${encodeURIComponent(here.userId)}/status`;
    await here.call('PUT', path, { presence: 'online', status_msg: 'at the sea' });
    await until('the presence', async () => {
      const { presence, status_msg } = await there.call('GET', path);
      return presence === 'online' && status_msg === 'at the sea';
    });
  }),
  ...bothWays('a search for what the other side wrote', async (direction) => {
    const { here, there } = direction;
    const roomId = await sharedRoom(direction);
    await here.sendText(roomId, 'a lighthouse in the fog');
    await there.waitForText(roomId, 'a lighthouse in the fog');
    await until('the result', async () => {
      const { search_categories: found } = await there.call('POST', 'v3/search', {
        search_categories: { room_events: { search_term: 'lighthouse', order_by: 'recent' } },
      });
      return JSON.stringify(found).includes('a lighthouse in the fog');
    });
  }),
  ...bothWays('a space of the other server, with what may be seen of it', async (direction) => {
    const { here, there } = direction;
    const make = (name: string, options: object = {}) =>
      here.createRoom({ name, preset: 'public_chat', ...options });
    const space = await make('space', { creation_content: { type: 'm.space' } });
    const [open, closed] = [await make('open'), await make('closed', { preset: 'private_chat' })];
    for (const child of [open, closed]) {
      await here.sendState(space, 'm.space.child', child, { via: [serverOf(here)] });
    }
    await there.join(space, [serverOf(here)]);
    await until('the tree', async () => {
      const { rooms } = await there.call('GET', `v1/rooms/${inRoom(space)}/hierarchy`);
      const names = listOf(rooms).map((room) => room['name']);
      return JSON.stringify(names) === JSON.stringify(['space', 'open']);
    });
  }),
  ...bothWays('an upgrade of a room, which the other side follows', async (direction) => {
    const { here, there } = direction;
    const old = await sharedRoom(direction, { room_version: '10', name: 'Old hall' });
    const { replacement_room } = await here.call('POST', `v3/rooms/${inRoom(old)}/upgrade`, {
      new_version: '11',
    });
    const next = String(replacement_room);
    await until(
      'the tombstone',
      async () => (await there.state(old, 'm.room.tombstone'))['replacement_room'] === next,
    );
    // Synapse leaves inviting to its clients.
    await here.invite(next, there.userId).catch((error: unknown) => {
      if (!(error instanceof MatrixRequestError)) throw error;
    });
    await there.waitForInvitation(next);
    await there.join(next, [serverOf(here)]);
    const create = await there.state(next, 'm.room.create');
    equal(Object(create['predecessor'])['room_id'], old, 'the predecessor');
    equal((await there.state(next, 'm.room.name'))['name'], 'Old hall', 'the name');
  }),
  ...bothWays('the event at a moment before the join', async ({ here, there }) => {
    const roomId = await here.createRoom({ preset: 'public_chat' });
    const early = await here.sendText(roomId, 'early');
    const ts = Date.now();
    await here.sendText(roomId, 'late');
    await there.join(roomId, [serverOf(here)]);
    await until('the event', async () => {
      const path = `v1/rooms/${inRoom(roomId)}/timestamp_to_event?ts=${ts}&dir=b`;
      return (await there.call('GET', path))['event_id'] === early;
    });
  }),
  {
    name: 'a message is delivered to Synapse, and waits while Synapse is stopped',
    run: async ({ ours, theirs, synapse, causeway }) => {
      const roomId = await sharedRoom({ here: ours, there: theirs, label: 'Causeway' });
      const delivered = (eventId: string, count: number) =>
        until(`delivery to ${count}`, async () => {
          const path = `/_causeway/rooms/${inRoom(roomId)}/delivery?event_id=${encodeURIComponent(eventId)}`;
          const response = await fetch(new URL(path, causeway.baseUrl), {
            headers: { authorization: `Bearer ${ours.token}` },
          });
          const status = Object(await response.json());
          return status.delivered === count && listOf(status.waiting).length === 1 - count;
        });
      await delivered(await ours.sendText(roomId, 'one'), 1);
      await synapse.stop();
      const second = await ours.sendText(roomId, 'two');
      await delivered(second, 0);
      await synapse.start();
      await delivered(second, 1);
    },
  },
  {
    name: 'an organisation that is blocked is told so',
    run: async ({ ours, theirs }) => {
      const path = `v3/user/${encodeURIComponent(ours.userId)}/account_data/org.causeway.blocked_servers`;
      await ours.call('PUT', path, { servers: [serverOf(theirs)] });
      const roomId = await theirs.createRoom({ preset: 'private_chat' });
      const refusal = await theirs.invite(roomId, ours.userId).then(
        () => 'accepted',
        (error: unknown) => (error instanceof MatrixRequestError ? error.message : String(error)),
      );
      equal(/INVITE_BLOCKED|does not take invitations/.test(refusal), true, `the refusal ${refusal}`);
    },
  },
];
