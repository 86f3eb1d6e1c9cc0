import { describe, expect, it } from 'vitest';
import type { Person } from './client-server.ts';
import { roomPath, startOrganisations, until } from './organisations.ts';

const upload = async (person: Person, words: string): Promise<string> => {
  const { body } = await person.call('POST', '/_matrix/media/v3/upload', Buffer.from(words), {
    'content-type': 'text/plain',
  });
  return String(body.content_uri);
};

const download = async (person: Person, uri: string): Promise<number> =>
  (await person.call('GET', `/_matrix/client/v1/media/download/${uri.slice('mxc://'.length)}`)).status;

let transactions = 0;

const share = async (person: Person, roomId: unknown, content: { readonly [name: string]: string }) =>
  String(
    (
      await person.ok('PUT', `${roomPath(roomId)}/send/m.room.message/${transactions++}`, {
        msgtype: 'm.file',
        body: 'a file',
        ...content,
      })
    ).event_id,
  );

describe('a file, for another server', () => {
  it('is there when it was sent to a room with that server, and otherwise not', async () => {
    await using net = await startOrganisations();
    const { nora, sam } = net;
    const roomId = await net.sharedRoom();
    const [shared, inHtml, elsewhere, nowhere] = await Promise.all(
      ['shared', 'in HTML', 'elsewhere', 'nowhere'].map((words) => upload(nora, words)),
    );
    await share(nora, roomId, { url: String(shared) });
    await share(nora, roomId, { formatted_body: `<img src="${inHtml}">` });
    const { room_id: local } = await nora.ok('POST', '/createRoom', {
      creation_content: { 'm.federate': false },
    });
    await share(nora, local, { url: String(elsewhere) });
    const statuses = [];
    for (const uri of [shared, inHtml, elsewhere, nowhere]) statuses.push(await download(sam, String(uri)));
    expect(statuses).toEqual([200, 200, 404, 404]);
    expect(await download(nora, String(nowhere))).toBe(200);
  });

  it('that somebody outside the room names is not given to them', async () => {
    await using net = await startOrganisations();
    const { nora, sam } = net;
    const { room_id: closed } = await nora.ok('POST', '/createRoom', {});
    const uri = await upload(nora, 'secret');
    await share(nora, closed, { url: uri });
    const roomId = await net.sharedRoom();
    const eventId = await share(sam, roomId, { url: uri });
    await until('the message', async () =>
      (await nora.call('GET', `${roomPath(roomId)}/event/${eventId}`)).status === 200 ? true : undefined,
    );
    expect(await download(sam, uri)).toBe(404);
  });

  it('follows the history visibility, and is gone with its message', async () => {
    await using net = await startOrganisations();
    const { nora, sam } = net;
    const { room_id } = await nora.ok('POST', '/createRoom', {
      preset: 'public_chat',
      initial_state: [{ type: 'm.room.history_visibility', content: { history_visibility: 'joined' } }],
    });
    const [before, after] = [await upload(nora, 'before'), await upload(nora, 'after')];
    await share(nora, room_id, { url: before });
    await sam.ok('POST', `/join/${encodeURIComponent(String(room_id))}?via=north.test`);
    const eventId = await share(nora, room_id, { url: after });
    expect(await download(sam, before)).toBe(404);
    await nora.ok('PUT', `${roomPath(room_id)}/redact/${encodeURIComponent(eventId)}/r`, {});
    expect(await download(sam, after)).toBe(404);
  });

  it('is there when it is a face, or the picture of a room that shows itself', async () => {
    await using net = await startOrganisations();
    const { nora, sam } = net;
    const [face, picture, inviting] = [
      await upload(nora, 'a face'),
      await upload(nora, 'a picture'),
      await upload(nora, 'a picture of a closed room'),
    ];
    await nora.ok('PUT', `/profile/${nora.userId}/avatar_url`, { avatar_url: face });
    expect(await download(sam, face)).toBe(200);
    const { room_id: open } = await nora.ok('POST', '/createRoom', { preset: 'public_chat' });
    await nora.ok('PUT', `${roomPath(open)}/state/m.room.avatar`, { url: picture });
    expect(await download(sam, picture)).toBe(200);
    const { room_id: closed } = await nora.ok('POST', '/createRoom', {});
    await nora.ok('PUT', `${roomPath(closed)}/state/m.room.avatar`, { url: inviting });
    expect(await download(sam, inviting)).toBe(404);
    await nora.ok('POST', `${roomPath(closed)}/invite`, { user_id: sam.userId });
    expect(await download(sam, inviting)).toBe(200);
  });

  it('that no message names is there in an encrypted room with that server: its messages name it unseen', async () => {
    await using net = await startOrganisations();
    const { nora, sam } = net;
    const uri = await upload(nora, 'ciphertext');
    const plain = await net.sharedRoom();
    expect(await download(sam, uri)).toBe(404);
    await nora.ok('PUT', `${roomPath(plain)}/state/m.room.encryption`, { algorithm: 'm.megolm.v1.aes-sha2' });
    expect(await download(sam, uri)).toBe(200);
  });
});
