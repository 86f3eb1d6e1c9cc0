/** The validator must find the faults that it is there for. Skipped where the specification is not present. */
import { describe, expect, it } from 'vitest';
import { readDefinitions } from './definitions.ts';
import { operationFinder } from './find-operation.ts';
import { createResponseValidator, type SeenResponse } from './response-validator.ts';

const definitions = readDefinitions();

describe.skipIf(definitions === undefined)("validation against the specification's OpenAPI", () => {
  const { documents, operations } = definitions ?? { documents: {}, operations: [] };
  const validate = createResponseValidator({ documents, operations });
  const seen = (url: string, body: object, more: Partial<SeenResponse> = {}): SeenResponse => ({
    method: 'GET',
    url,
    status: 200,
    contentType: 'application/json',
    body: Buffer.from(JSON.stringify(body)),
    ...more,
  });
  const faultsOf = (response: SeenResponse) => {
    const verdict = validate(response);
    return verdict.kind === 'invalid' ? verdict.faults.join('\n') : verdict.kind;
  };
  const event = {
    type: 'm.room.message',
    event_id: '$a',
    sender: '@ada:north.test',
    room_id: '!room',
    origin_server_ts: 1,
    content: {},
  };

  it.each([
    ['GET', '/_matrix/client/v3/sync', '/_matrix/client/v3/sync'],
    ['GET', '/_matrix/client/v3/pushrules/', '/_matrix/client/v3/pushrules/'],
    [
      'GET',
      '/_matrix/client/v3/rooms/!r/state/m.room.name',
      '/_matrix/client/v3/rooms/{roomId}/state/{eventType}/{stateKey}',
    ],
    ['GET', '/_matrix/client/v3/rooms/!r/state', '/_matrix/client/v3/rooms/{roomId}/state'],
    ['PUT', '/_matrix/federation/v1/send/1', '/_matrix/federation/v1/send/{txnId}'],
  ])('finds the operation of %s %s', (method, path, operation) => {
    expect(operationFinder(operations)(method, path)?.path).toBe(operation);
  });

  it('lets an answer pass that is as it is described, through references between files', () => {
    expect(faultsOf(seen('/_matrix/client/v3/rooms/!r/event/$a', event))).toBe('valid');
  });

  it('tells the place of what is missing, of another type, or of another form', () => {
    const { event_id: _gone, ...nameless } = event;
    expect(faultsOf(seen('/_matrix/client/v3/rooms/!r/event/$a', nameless))).toContain(
      "must have required property 'event_id'",
    );
    expect(faultsOf(seen('/_matrix/client/v3/rooms/!r/event/$a', { ...event, sender: 'ada' }))).toContain(
      '/sender must match format "mx-user-id", but it is "ada"',
    );
    expect(
      faultsOf(seen('/_matrix/client/v3/rooms/!r/messages?dir=b', { start: 1, chunk: [event] })),
    ).toContain('/start must be string');
    expect(
      faultsOf(seen('/_matrix/client/v3/rooms/!r/messages?dir=b', { start: 's', chunk: [event, nameless] })),
    ).toContain('/chunk/1 must have');
  });

  it('asks for a standard error of what is refused, described or not', () => {
    const refused = (body: object) => seen('/_matrix/client/v3/sync', body, { status: 418 });
    expect(faultsOf(refused({ errcode: 'M_UNKNOWN', error: 'It is a teapot.' }))).toBe('valid');
    expect(faultsOf(refused({ error: 'It is a teapot.' }))).toContain("required property 'errcode'");
  });

  it('lets nothing pass but what an exception names: the first send_join, and a missing origin', () => {
    const put = (url: string, body: object) => faultsOf(seen(url, body, { method: 'PUT' }));
    const sendJoin = [200, { state: [], auth_chain: [] }];
    expect(put('/_matrix/federation/v1/send_join/!r/$a', sendJoin)).toBe('excepted');
    expect(put('/_matrix/federation/v1/send_knock/!r/$a', sendJoin)).not.toBe('excepted');
    expect(put('/_matrix/federation/v3/send_join/!r/$a', sendJoin)).toContain('no such operation');
    const invite = {
      sender: '@ada:north.test',
      origin_server_ts: 1,
      type: 'm.room.member',
      state_key: '@b:c',
    };
    const content = { membership: 'invite' };
    const answer = (sent: object) => put('/_matrix/federation/v1/invite/!r/$a', [200, { event: sent }]);
    expect(answer({ ...invite, content })).toBe('excepted');
    expect(answer({ ...invite, content: {} })).toContain("required property 'membership'");
  });

  it('refuses a status, a content type and an operation that are not described', () => {
    const url = '/_matrix/client/v3/sync';
    expect(faultsOf(seen(url, {}, { status: 204 }))).toContain('status 204');
    expect(faultsOf(seen(url, { next_batch: 'a' }, { contentType: 'text/plain' }))).toContain('text/plain');
    expect(faultsOf(seen('/_matrix/client/v3/made_up', {}))).toContain('no such operation');
  });
});
