import { startClientServer } from '@causeway/testing/client-server';
import { roomPath, say, startOrganisations } from '@causeway/testing/organisations';
import { describe, expect, it } from 'vitest';

const pause = () => new Promise((resume) => setTimeout(resume, 15));

describe('the event at a moment', () => {
  it('is the closest one on the side that is asked for', async () => {
    await using server = await startClientServer();
    const ada = await server.person('ada');
    const roomId = String((await ada.ok('POST', '/createRoom', {})).room_id);
    await pause();
    const first = await say(ada, roomId, 'first');
    await pause();
    const between = Date.now();
    await pause();
    const second = await say(ada, roomId, 'second');
    const at = (ts: number, dir: string) =>
      ada.call('GET', `/_matrix/client/v1${roomPath(roomId)}/timestamp_to_event?ts=${ts}&dir=${dir}`);
    expect((await at(between, 'f')).body.event_id).toBe(second);
    expect((await at(between, 'b')).body.event_id).toBe(first);
    expect((await at(Date.now() + 60_000, 'f')).status).toBe(404);
    expect((await at(1, 'b')).status).toBe(404);
    expect((await at(1, 'sideways')).status).toBe(400);
    const bob = await server.person('bob');
    const path = `/_matrix/client/v1${roomPath(roomId)}/timestamp_to_event?ts=1&dir=f`;
    expect((await bob.call('GET', path)).status).toBe(403);
  });

  it('is asked of other servers where history is not here', async () => {
    await using net = await startOrganisations();
    const { nora, sam } = net;
    const { room_id } = await nora.ok('POST', '/createRoom', {
      preset: 'public_chat',
      room_alias_name: 'old',
    });
    const roomId = String(room_id);
    const early = await say(nora, roomId, 'early');
    await pause();
    const moment = Date.now();
    await pause();
    await say(nora, roomId, 'late');
    await sam.ok('POST', `/join/${encodeURIComponent('#old:north.test')}`);
    const path = `/_matrix/client/v1${roomPath(roomId)}/timestamp_to_event?ts=${moment}&dir=b`;
    const found = await sam.ok('GET', path);
    expect(found.event_id).toBe(early);
  });
});
