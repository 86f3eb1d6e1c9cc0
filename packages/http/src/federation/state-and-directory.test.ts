/** What a server reads of another as a whole: the state of a room, and the list of public rooms. */
import { isJsonObject, parseJson } from '@causeway/protocol';
import {
  at,
  list,
  type Organisations,
  roomPath,
  say,
  startOrganisations,
} from '@causeway/testing/organisations';
import { signedRequest } from '@causeway/testing/signed-transaction';
import { describe, expect, it } from 'vitest';

/** South asks north. */
const ask = async (
  { north, south }: Pick<Organisations, 'north' | 'south'>,
  method: string,
  path: string,
  body?: string,
) => {
  const url = `/_matrix/federation/v1${path}`;
  const answer = await signedRequest(south, north, {
    method,
    url,
    ...(body === undefined ? {} : { body }),
  });
  const parsed = parseJson(answer.bytes);
  return { status: answer.status, body: parsed.ok && isJsonObject(parsed.value) ? parsed.value : {} };
};

describe('the state of a room at an event', () => {
  it('is given with its auth chain to a server in the room, and to no other', async () => {
    await using net = await startOrganisations();
    const { nora } = net;
    const roomId = await net.sharedRoom({ name: 'Garden' });
    const eventId = await say(nora, roomId, 'at this point');
    await nora.ok('PUT', `${roomPath(roomId)}/state/m.room.name`, { name: 'Field' });
    const path = `/state/${encodeURIComponent(roomId)}`;
    const given = await ask(net, 'GET', `${path}?event_id=${encodeURIComponent(eventId)}`);
    expect(given.status).toBe(200);
    const named = list(given.body.pdus).filter(({ type }) => type === 'm.room.name');
    expect(named.map(({ content }) => content)).toEqual([{ name: 'Garden' }]);
    const types = list(given.body.auth_chain).map(({ type }) => type);
    expect(types).toContain('m.room.power_levels');

    const unknown = await ask(net, 'GET', `${path}?event_id=%24unknown`);
    expect([unknown.status, unknown.body.errcode]).toEqual([404, 'M_NOT_FOUND']);
    const unsaid = await ask(net, 'GET', path);
    expect([unsaid.status, unsaid.body.errcode]).toEqual([400, 'M_MISSING_PARAM']);

    const { room_id: own } = await nora.ok('POST', '/createRoom', {});
    const inside = await say(nora, String(own), 'among us');
    const outside = `/state/${encodeURIComponent(String(own))}?event_id=${encodeURIComponent(inside)}`;
    const refused = await ask(net, 'GET', outside);
    expect([refused.status, refused.body.errcode]).toEqual([403, 'M_FORBIDDEN']);
  });
});

describe('the list of public rooms', () => {
  it('is given to other servers, whole or by what is looked for, and has nothing that is not in it', async () => {
    await using net = await startOrganisations();
    const { nora } = net;
    const make = (name: string, visibility: string) =>
      nora.ok('POST', '/createRoom', { name, visibility, preset: 'public_chat' });
    await make('Garden', 'public');
    await make('Harbour', 'public');
    await make('Cellar', 'private');
    const names = (body: { readonly [key: string]: unknown }) =>
      (Array.isArray(body['chunk']) ? body['chunk'] : []).map((room) => at(room, 'name')).toSorted();

    const whole = await ask(net, 'GET', '/publicRooms');
    expect(names(whole.body)).toEqual(['Garden', 'Harbour']);
    const first = await ask(net, 'GET', '/publicRooms?limit=1');
    expect(names(first.body)).toHaveLength(1);
    const since = encodeURIComponent(String(first.body.next_batch));
    const second = await ask(net, 'GET', `/publicRooms?limit=1&since=${since}`);
    expect([...names(first.body), ...names(second.body)].toSorted()).toEqual(['Garden', 'Harbour']);

    const filter = JSON.stringify({ filter: { generic_search_term: 'harb' } });
    const found = await ask(net, 'POST', '/publicRooms', filter);
    expect(names(found.body)).toEqual(['Harbour']);
    const bad = await ask(net, 'POST', '/publicRooms', '["no object"]');
    expect([bad.status, bad.body.errcode]).toEqual([400, 'M_BAD_JSON']);
  });
});
