import { outbox, receiveTransaction } from '@causeway/homeserver';
import type { JsonObject, ServerName } from '@causeway/protocol';
import type { Person } from '@causeway/testing/client-server';
import { at, follow, list, roomPath, say, startOrganisations, until } from '@causeway/testing/organisations';
import { describe, expect, it } from 'vitest';

const status = (of: { readonly userId: string }) => `/presence/${of.userId}/status`;

const heard = (news: JsonObject, of: Person) =>
  list(at(news, 'presence', 'events')).findLast((event) => event.sender === of.userId)?.content;

const invisible = (person: Person, value: boolean) =>
  person.ok('PUT', `/user/${person.userId}/account_data/org.causeway.presence`, { invisible: value });

describe('presence', () => {
  it('reaches those who share a room, here and elsewhere, and nobody else', async () => {
    await using net = await startOrganisations();
    const { nora, sam } = net;
    await net.sharedRoom();
    const samsNews = await follow(sam);
    await nora.ok('PUT', status(nora), { presence: 'online', status_msg: 'writing' });
    const content = await samsNews((news) => at(heard(news, nora), 'status_msg') && heard(news, nora));
    expect(content).toMatchObject({ presence: 'online', status_msg: 'writing', currently_active: true });
    await nora.ok('PUT', status(nora), { presence: 'unavailable' });
    await samsNews((news) => at(heard(news, nora), 'presence') === 'unavailable' || undefined);
    expect(await sam.ok('GET', status(nora))).toMatchObject({
      presence: 'unavailable',
      status_msg: 'writing',
    });
    const stranger = await net.south.person('stranger');
    expect((await stranger.call('GET', status(nora))).status).toBe(403);
    expect(heard(await stranger.ok('GET', '/sync'), nora)).toBeUndefined();
    expect(heard(await sam.ok('GET', '/sync'), nora)).toMatchObject({ presence: 'unavailable' });
  });

  it('is told to who comes to share a room, before anything about it changes', async () => {
    await using net = await startOrganisations();
    const { nora, sam } = net;
    await nora.ok('PUT', status(nora), { presence: 'unavailable', status_msg: 'in the garden' });
    await sam.ok('PUT', status(sam), { presence: 'online', status_msg: 'at sea' });
    await net.sharedRoom();
    const said = (reader: Person, of: Person, words: string) =>
      until(`${of.userId} is heard of`, async () => {
        const answer = await reader.ok('GET', status(of));
        return answer.status_msg === words ? true : undefined;
      });
    await said(sam, nora, 'in the garden');
    await said(nora, sam, 'at sea');
  });

  it('of somebody invisible is offline to others, whatever their clients do', async () => {
    await using net = await startOrganisations();
    const { nora, sam } = net;
    await net.sharedRoom();
    await nora.ok('GET', '/sync');
    await until('nora online', async () =>
      (await sam.ok('GET', status(nora))).presence === 'online' ? true : undefined,
    );
    await invisible(nora, true);
    await until('nora offline', async () =>
      (await sam.ok('GET', status(nora))).presence === 'offline' ? true : undefined,
    );
    await nora.ok('PUT', status(nora), { presence: 'online', status_msg: 'secret' });
    await nora.ok('GET', '/sync?set_presence=online');
    const said = await sam.ok('GET', status(nora));
    expect([said.presence, said.status_msg]).toEqual(['offline', undefined]);
    await invisible(nora, false);
    await until('nora online', async () =>
      (await sam.ok('GET', status(nora))).presence === 'online' ? true : undefined,
    );
  });

  it('is believed only of people of the server that sends it, and in bounds', async () => {
    await using net = await startOrganisations();
    const { nora, sam, north } = net;
    await net.sharedRoom();
    const push = (user_id: string, more: JsonObject = {}) => ({ user_id, presence: 'online', ...more });
    const edu = (origin: string, ...people: readonly JsonObject[]) =>
      receiveTransaction(north.engine, {
        origin: origin as ServerName,
        txnId: crypto.randomUUID(),
        content: { pdus: [], edus: [{ edu_type: 'm.presence', content: { push: people } }] },
      });
    await edu('evil.test', push(sam.userId));
    await edu(
      'south.test',
      push('@nobody:south.test'),
      push('not a user'),
      push(sam.userId, { presence: 'x' }),
    );
    expect(await nora.ok('GET', status(sam))).toMatchObject({ presence: 'offline' });
    await edu('south.test', push(sam.userId, { status_msg: 'x'.repeat(10_000), last_active_ago: -5 }));
    const said = await nora.ok('GET', status(sam));
    expect(said.presence).toBe('online');
    expect(String(said.status_msg).length).toBe(500);
  });
});

describe('a private read receipt', () => {
  it('stays on this server, and with its owner', async () => {
    await using net = await startOrganisations();
    const { nora, sam, north, south } = net;
    const roomId = await net.sharedRoom();
    const other = await net.person(north, 'otto');
    await nora.ok('POST', `${roomPath(roomId)}/invite`, { user_id: other.userId });
    await other.ok('POST', `${roomPath(roomId)}/join`);
    const eventId = await say(nora, roomId, 'read me');
    const [samsNews, ottosNews] = [await follow(sam), await follow(other)];
    const path = `${roomPath(roomId)}/receipt`;
    await nora.ok('POST', `${path}/m.read.private/${encodeURIComponent(eventId)}`, {});
    // A message afterwards shows that all before it has arrived.
    await say(nora, roomId, 'after');
    for (const news of [samsNews, ottosNews]) {
      const seen = await news((response) => {
        const room = at(response, 'rooms', 'join', roomId);
        return JSON.stringify(at(room, 'timeline') ?? '').includes('after') ? room : undefined;
      });
      expect(JSON.stringify(seen)).not.toContain('m.read.private');
    }
    const kept = await south.store.read((reader) => reader.scan(outbox, {}));
    expect(JSON.stringify(kept)).not.toContain('m.read.private');
    const own = await nora.ok('GET', '/sync');
    expect(JSON.stringify(at(own, 'rooms', 'join', roomId, 'ephemeral'))).toContain('m.read.private');
    expect(JSON.stringify(await sam.ok('GET', '/sync'))).not.toContain('m.read.private');
  });
});
