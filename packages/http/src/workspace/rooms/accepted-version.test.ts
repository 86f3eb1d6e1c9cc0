import { roomPath, startOrganisations } from '@causeway/testing/organisations';
import { describe, expect, it } from 'vitest';

const asked = (roomId: string, server: string) =>
  `/_causeway${roomPath(roomId)}/accepted-version?server_name=${server}`;

describe('the room version that another server takes part in', () => {
  it('is the newest that both know, and a room made anew in it takes in who was refused before', async () => {
    await using net = await startOrganisations({ southRoomVersions: ['6', '9', '10'] });
    const { nora, sam } = net;
    const { room_id } = await nora.ok('POST', '/createRoom', {});
    const roomId = String(room_id);
    const refused = await nora.call('POST', `${roomPath(roomId)}/invite`, { user_id: sam.userId });
    expect([refused.status, refused.body.errcode]).toEqual([400, 'M_UNSUPPORTED_ROOM_VERSION']);
    expect(refused.body.error).toContain('south.test does not know room version 12');
    const { room_version: version } = await nora.ok('GET', asked(roomId, 'south.test'));
    expect(version).toBe('10');
    expect(JSON.stringify(await sam.ok('GET', '/sync'))).not.toContain(roomId);
    const { replacement_room } = await nora.ok('POST', `/_causeway${roomPath(roomId)}/upgrade`, {
      room_version: '10',
    });
    await nora.ok('POST', `${roomPath(replacement_room)}/invite`, { user_id: sam.userId });
    await sam.ok('POST', `${roomPath(replacement_room)}/join`);
  });

  it('is asked by members only, of servers that can be named and reached', async () => {
    await using net = await startOrganisations();
    const { nora, north } = net;
    const { room_id } = await nora.ok('POST', '/createRoom', {});
    const roomId = String(room_id);
    const stranger = await net.person(north, 'nemo');
    expect((await stranger.call('GET', asked(roomId, 'south.test'))).status).toBe(403);
    expect((await nora.call('GET', asked(roomId, 'no name!'))).status).toBe(400);
    net.cut(true);
    const silent = await nora.call('GET', asked(roomId, 'south.test'));
    expect([silent.status, silent.body.errcode]).toEqual([502, 'CAUSEWAY_UNREACHABLE']);
  });
});
