/** Whose devices somebody follows whose right to take part outside changes. */
import { type JsonObject, type JsonValue, parseUserId } from '@causeway/protocol';
import { grantPermission, revokePermission } from '@causeway/workspace';
import { describe, expect, it } from 'vitest';
import { withAdmin } from './admins.ts';
import type { Person } from './client-server.ts';
import { at, list, type Organisations, roomPath, startOrganisations, until } from './organisations.ts';

const ENCRYPTION = {
  type: 'm.room.encryption',
  state_key: '',
  content: { algorithm: 'm.megolm.v1.aes-sha2' },
};
const encrypted = { initial_state: [ENCRYPTION] };

const tokenOf = async (person: Person): Promise<string> =>
  String((await person.ok('GET', '/sync?timeout=0')).next_batch);

const listsSince = async (person: Person, since: string, timeout = 0): Promise<JsonValue | undefined> =>
  (await person.ok('GET', `/sync?timeout=${timeout}&since=${since}`)).device_lists;

const enter = async (host: Person, roomId: string, who: Person): Promise<void> => {
  await host.ok('POST', `${roomPath(roomId)}/invite`, { user_id: who.userId });
  await until('the invitation', async () =>
    at(await who.ok('GET', '/sync'), 'rooms', 'invite', roomId) === undefined ? undefined : true,
  );
  await who.ok('POST', `${roomPath(roomId)}/join`);
  await until('that it is known', async () =>
    at(await host.ok('GET', `${roomPath(roomId)}/joined_members`), 'joined', who.userId) === undefined
      ? undefined
      : true,
  );
};

const setRight = ({ north }: Organisations, person: Person, isHeld: boolean): Promise<void> => {
  const userId = parseUserId(person.userId);
  if (userId === undefined) throw new Error('no user ID');
  const change = isHeld ? grantPermission : revokePermission;
  return change(north.context, userId, 'access-federation');
};

describe('somebody who may not take part outside any more', () => {
  it('follows the devices of no outsider from then on, and again when they may', async () => {
    await using net = await startOrganisations();
    const { nora, sam, north, south } = net;
    const roomId = await net.sharedRoom(encrypted);
    const nell = await net.person(north, 'nell');
    await enter(nora, roomId, nell);
    const since = await tokenOf(nora);
    const waiting = listsSince(nora, since, 20_000);
    await setRight(net, nora, false);
    expect(await waiting).toEqual({ changed: [], left: [sam.userId] });
    const silent = await tokenOf(nora);
    expect(await listsSince(nora, silent)).toBeUndefined();
    // Who came afterwards is nobody to her.
    const stan = await net.person(south, 'stan');
    await sam.ok('POST', `${roomPath(roomId)}/invite`, { user_id: stan.userId });
    await stan.ok('POST', `${roomPath(roomId)}/join`);
    await until('that he is known', async () =>
      at(await nell.ok('GET', `${roomPath(roomId)}/joined_members`), 'joined', stan.userId) === undefined
        ? undefined
        : true,
    );
    expect(await nora.ok('GET', `/keys/changes?from=${since}&to=${await tokenOf(nora)}`)).toEqual({
      changed: [],
      left: [sam.userId],
    });
    await setRight(net, nora, true);
    const back = (await listsSince(nora, silent)) as JsonObject;
    expect(new Set(Object(back).changed)).toEqual(new Set([sam.userId, stan.userId, nell.userId]));
    expect(back.left).toEqual([]);
  });

  it('is told of those alone whose organisation it is about', async () => {
    await using net = await withAdmin();
    const limit = async (...domains: readonly string[]) => {
      const { roles } = await net.nora.ok('GET', '/_causeway/admin/roles');
      const version = list(roles).find((one) => one.role === 'partner')?.version ?? 0;
      const rights = { 'access-federation': { held: true, domains } };
      await net.nora.ok('PUT', '/_causeway/admin/roles/partner', { rights, version });
    };
    await limit('south.test', 'east.test');
    const ada = await net.north.person('ada');
    await net.nora.ok('PUT', `/_causeway/admin/people/${ada.userId}/role`, { role: 'partner' });
    const eve = await net.person(await net.further('east.test'), 'eve');
    const south = await net.sharedRoom(encrypted);
    await enter(net.nora, south, ada);
    const { room_id } = await net.nora.ok('POST', '/createRoom', encrypted);
    const east = String(room_id);
    await enter(net.nora, east, eve);
    await enter(net.nora, east, ada);
    const since = await tokenOf(ada);
    await limit('east.test');
    expect(await listsSince(ada, since)).toEqual({ changed: [], left: [net.sam.userId] });
    const silent = await tokenOf(ada);
    await limit('east.test', 'south.test');
    const back = Object(await listsSince(ada, silent));
    expect(new Set(back.changed)).toEqual(new Set([net.sam.userId, net.nora.userId]));
    expect(back.left).toEqual([]);
  });
});
