/** What members see and do beyond messages: presence, search, spaces, upgrades, delivery. */

import { MatrixRequestError } from './matrix-client.ts';
import {
  askCauseway,
  bothWays,
  equal,
  inRoom,
  listOf,
  refusalOf,
  type Scenario,
  serverOf,
  sharedRoom,
  until,
} from './two-sides.ts';

export const memberScenarios: readonly Scenario[] = [
  ...bothWays('presence and a status message', ['presence'], async (direction) => {
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
  ...bothWays('a search for what the other side wrote', ['search.messages'], async (direction) => {
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
  ...bothWays(
    'a space of the other server, with what may be seen of it',
    ['spaces.create', 'spaces.add', 'spaces.browse', 'spaces.join'],
    async (direction) => {
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
        const { rooms } = await there.call('GET', `v1/${inRoom(space)}/hierarchy`);
        const names = listOf(rooms).map((room) => room['name']);
        return JSON.stringify(names) === JSON.stringify(['space', 'open']);
      });
    },
  ),
  ...bothWays(
    'an upgrade of a room, which the other side follows',
    ['settings.upgrade'],
    async (direction) => {
      const { here, there } = direction;
      const old = await sharedRoom(direction, { room_version: '10', name: 'Old hall' });
      const { replacement_room } = await here.call('POST', `v3/${inRoom(old)}/upgrade`, {
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
    },
  ),
  ...bothWays('the event at a moment before the join', ['history.older'], async ({ here, there }) => {
    const roomId = await here.createRoom({ preset: 'public_chat' });
    const early = await here.sendText(roomId, 'early');
    const sent = Date.now();
    // A moment of its own: events of one millisecond are equally near to it.
    await until('the next millisecond', async () => Date.now() > sent);
    const ts = Date.now();
    await until('the next millisecond', async () => Date.now() > ts);
    await here.sendText(roomId, 'late');
    await there.join(roomId, [serverOf(here)]);
    await until('the event', async () => {
      const path = `v1/${inRoom(roomId)}/timestamp_to_event?ts=${ts}&dir=b`;
      return (await there.call('GET', path))['event_id'] === early;
    });
  }),
  {
    alone: true,
    name: 'a message is delivered to Synapse, and waits while Synapse is stopped',
    direction: 'causeway-synapse',
    shows: ['state.delivered', 'state.waiting', 'outage.said'],
    run: async ({ ours, theirs, synapse }) => {
      const roomId = await sharedRoom({ here: ours, there: theirs });
      const delivered = (eventId: string, count: number) =>
        until(`delivery to ${count}`, async () => {
          const query = `event_id=${encodeURIComponent(eventId)}`;
          const status = await askCauseway(ours, 'GET', `${inRoom(roomId)}/delivery?${query}`);
          const [waiting] = listOf(status['waiting']);
          const named = waiting?.['server_name'] === synapse.serverName && Number(waiting['since_ts']) > 0;
          return status['delivered'] === count && (count === 1 ? waiting === undefined : named);
        });
      /** What the line above the composer is made of. */
      const reachable = (wanted: boolean) =>
        until(`whether Synapse can be reached: ${wanted}`, async () => {
          const { organisations } = await askCauseway(ours, 'GET', `${inRoom(roomId)}/organisations`);
          const [one, ...others] = listOf(organisations);
          return (
            others.length === 0 && one?.['server_name'] === synapse.serverName && one['reachable'] === wanted
          );
        });
      await delivered(await ours.sendText(roomId, 'one'), 1);
      await reachable(true);
      await synapse.stop();
      const second = await ours.sendText(roomId, 'two');
      await delivered(second, 0);
      await reachable(false);
      await synapse.start();
      await delivered(second, 1);
      await reachable(true);
      await theirs.waitForText(roomId, 'two');
    },
  },
  ...bothWays('an organisation that is blocked is told so', ['invite.block'], async (direction) => {
    const { here, there, label } = direction;
    // Synapse has the same under the name of a proposal: MSC4155.
    const [type, content] =
      label === 'Synapse'
        ? ['org.causeway.blocked_servers', { servers: [serverOf(here)] }]
        : [
            'org.matrix.msc4155.invite_permission_config',
            { enabled: true, blocked_servers: [serverOf(here)] },
          ];
    await there.call('PUT', `v3/user/${encodeURIComponent(there.userId)}/account_data/${type}`, content);
    const roomId = await here.createRoom({ preset: 'private_chat' });
    const refusal = await refusalOf('inviting', here.invite(roomId, there.userId));
    equal(refusal.status, 403, `the refusal ${refusal.message}`);
    equal(await here.members(roomId, 'invite'), [], 'who is invited');
    equal((await there.sync()).rooms?.invite?.[roomId], undefined, 'the invitation');
  }),
];
