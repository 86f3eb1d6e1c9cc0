/** Rooms that are looked for, ways to join them, and why one can't. */
import type { MatrixClient } from './matrix-client.ts';
import {
  bothWays,
  equal,
  exchange,
  listOf,
  refusalOf,
  type Scenario,
  serverOf,
  sharedRoom,
  until,
  untilMembership,
} from './two-sides.ts';

/** The answer for a room that `there` has no part in. */
const joining = async (there: MatrixClient, room: string, via: readonly string[]) => {
  const { status, errcode, message } = await refusalOf(`joining ${room}`, there.join(room, via));
  equal(message.trim().split(/\s+/).length > 5, true, `words in "${message}"`);
  return [status, errcode];
};

export const discoveryScenarios: readonly Scenario[] = [
  ...bothWays('the directory of the other server, page by page', ['discovery.paging'], async (direction) => {
    const { here, there, label } = direction;
    const mark = `page${label}${Date.now()}`;
    const rooms = new Set<string>();
    for (const number of [1, 2, 3, 4, 5]) {
      const name = `${mark} ${number}`;
      rooms.add(await here.createRoom({ preset: 'public_chat', visibility: 'public', name }));
    }
    const filter = { generic_search_term: mark };
    // Synapse counts in the background, and lists a room when it has.
    await until('all are listed at home', async () => {
      const all = await here.call('POST', 'v3/publicRooms', { limit: 100, filter });
      return listOf(all['chunk']).length === rooms.size;
    });
    const found: string[] = [];
    let pages = 0;
    let since: unknown;
    do {
      const page = await there.call('POST', `v3/publicRooms?server=${encodeURIComponent(serverOf(here))}`, {
        limit: 2,
        filter,
        ...(typeof since === 'string' ? { since } : {}),
      });
      found.push(...listOf(page['chunk']).map((room) => String(room['room_id'])));
      since = page['next_batch'];
      pages++;
    } while (since !== undefined && pages < 20);
    equal(found.toSorted(), [...rooms].sort(), 'the rooms of all pages');
    equal(pages >= 3, true, `more pages than ${pages}`);
  }),
  ...bothWays('joining by room ID with servers to ask', ['join.via'], async (direction) => {
    const { here, there } = direction;
    for (const room_version of ['11', '12']) {
      const roomId = await here.createRoom({ preset: 'public_chat', room_version });
      // The first is asked in vain.
      equal(await there.join(roomId, ['localhost:1', serverOf(here)]), roomId, 'the room');
      await untilMembership(here, roomId, there, 'join');
      await exchange(direction, roomId);
    }
  }),
  ...bothWays('why a room cannot be joined', ['join.reason'], async (direction) => {
    const { here, there } = direction;
    const via = [serverOf(here)];
    const closed = await here.createRoom({ preset: 'private_chat' });
    equal(await joining(there, closed, via), [403, 'M_FORBIDDEN'], 'a closed room');
    const nowhere = `#nowhere:${serverOf(here)}`;
    equal(await joining(there, nowhere, []), [404, 'M_NOT_FOUND'], 'an unknown address');
    const club = await sharedRoom(direction);
    const restricted = await here.createRoom({
      preset: 'private_chat',
      initial_state: [
        {
          type: 'm.room.join_rules',
          state_key: '',
          content: { join_rule: 'restricted', allow: [{ type: 'm.room_membership', room_id: club }] },
        },
      ],
    });
    await there.leave(club);
    await untilMembership(here, club, there, 'leave');
    const [status] = await joining(there, restricted, via);
    equal(status, 403, 'a room for members of another');
  }),
];
