import { inspectRoom } from '@causeway/homeserver';
import { isJsonObject, parseRoomId, parseUserId } from '@causeway/protocol';
import { joinAll } from '@causeway/testing';
import { list, startOrganisations, until } from '@causeway/testing/organisations';
import { describe, expect, it } from 'vitest';

const MEMBERS = 400;

const crowd = (count: number) =>
  Array.from({ length: count }, (_, index) => {
    const userId = parseUserId(`@member${index}:north.test`);
    if (userId === undefined) throw new Error('bad localpart');
    return { userId, displayname: `Member ${index}` };
  });

describe('joins under way', () => {
  it('tell how far they are, and can be cancelled by the person who joins', async () => {
    await using net = await startOrganisations({ isUnknown: (path) => path.includes('/v2/send_join/') });
    const { nora, sam, north } = net;
    const roomId = parseRoomId(
      String((await nora.ok('POST', '/createRoom', { preset: 'public_chat' })).room_id),
    );
    if (roomId === undefined) throw new Error('no room');
    await joinAll(north.engine, roomId, crowd(MEMBERS));
    const path = `/_causeway/joins/${encodeURIComponent(roomId)}`;
    const joining = sam.call('POST', `/rooms/${encodeURIComponent(roomId)}/join?via=north.test`);
    const progress = await until('the checking', async () => {
      const [join] = list((await sam.ok('GET', '/_causeway/joins')).joins);
      return join?.step === 'checking' && Number(join.checked_members) > 0 ? join : undefined;
    });
    expect(progress).toMatchObject({ room_id: roomId, server_name: 'north.test', refusals: [] });
    expect((await nora.ok('GET', '/_causeway/joins')).joins).toEqual([]);
    expect((await nora.ok('DELETE', path)).cancelled).toBe(false);
    expect((await sam.ok('DELETE', path)).cancelled).toBe(true);
    expect(await joining).toMatchObject({ status: 409, body: { errcode: 'CAUSEWAY_CANCELLED' } });
    expect((await sam.ok('GET', '/_causeway/joins')).joins).toEqual([]);
    expect((await sam.ok('DELETE', path)).cancelled).toBe(false);
    const members = `/rooms/${encodeURIComponent(roomId)}/joined_members`;
    await until('the others to hear of it', async () => {
      const { joined } = await nora.ok('GET', members);
      return isJsonObject(joined) && !(sam.userId in joined) ? joined : undefined;
    });
  }, 60_000);

  it('of large rooms are answered before the members are here, and what is missing is said', async () => {
    await using net = await startOrganisations({
      isUnknown: (path) => path.includes('/v1/state/'),
    });
    const { nora, sam, north, south } = net;
    const { room_id } = await nora.ok('POST', '/createRoom', { preset: 'public_chat', name: 'Large' });
    const roomId = parseRoomId(String(room_id));
    if (roomId === undefined) throw new Error('no room');
    await joinAll(north.engine, roomId, crowd(60));
    await sam.ok('POST', `/rooms/${encodeURIComponent(roomId)}/join?via=north.test`);
    const path = `/_causeway/rooms/${encodeURIComponent(roomId)}/arriving-members`;
    const waiting = await until('a try in vain', async () => {
      const answer = await sam.ok('GET', path);
      return answer.waiting === undefined ? undefined : answer;
    });
    expect(waiting).toMatchObject({
      arriving: true,
      server_name: 'north.test',
      total_members: 62,
      waiting: { reason: expect.stringContaining('north.test refused'), next_ts: expect.any(Number) },
    });
    expect(
      await sam.call('GET', `/_causeway/rooms/${encodeURIComponent('!none')}/arriving-members`),
    ).toMatchObject({ status: 403 });
    const inspect = () => south.engine.store.read((reader) => inspectRoom(south.engine, reader, roomId));
    expect((await inspect())?.incomplete?.leftOut).toMatchObject({ server: 'north.test', tries: 1 });
    expect(await nora.ok('GET', path)).toEqual({ arriving: false });
  }, 60_000);
});
