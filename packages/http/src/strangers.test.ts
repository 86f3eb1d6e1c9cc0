/** Every operation of the specification, asked by somebody who does not say who they are. */
import { startClientServer } from '@causeway/testing/client-server';
import { afterAll, describe, expect, it } from 'vitest';

/** What is for everybody. Files are on their old paths refused to all. */
const OPEN =
  /^(?:GET \/_matrix\/client\/versions|(?:GET|POST) \/_matrix\/client\/\w+\/login|POST \/_matrix\/client\/\w+\/register|GET \/_matrix\/client\/\w+\/register\/.+|GET \/_matrix\/client\/\w+\/(?:publicRooms|directory\/.+|profile\/.+)|GET \/_matrix\/federation\/v1\/(?:version|openid\/userinfo)|(?:PUT|POST) \/_matrix\/federation\/v1\/3pid\/onbind|(?:GET|POST) \/_matrix\/key\/.+|GET \/_matrix\/media\/\w+\/(?:download|thumbnail)\/.+)$/;

const server = await startClientServer();
afterAll(() => server[Symbol.asyncDispose]());

const operations = server.routes.flatMap(({ method, paths }) =>
  paths.filter((path) => path.startsWith('/_matrix/')).map((path) => ({ method, path })),
);

/** Any room, any person, anything else. */
const filled = (path: string): string =>
  path
    .replace(':roomId', encodeURIComponent('!any:north.test'))
    .replace(':userId', encodeURIComponent('@any:north.test'))
    .replaceAll(/:\w+/g, 'any');

const ask = ({ method, path }: (typeof operations)[number], authorization?: string) =>
  server.app.inject({
    method,
    url: filled(path),
    headers: authorization === undefined ? {} : { authorization },
    ...(method === 'GET' ? {} : { body: '{}' }),
  });

const isOpen = ({ method, path }: (typeof operations)[number]) => OPEN.test(`${method} ${path}`);

const errcodeOf = (bytes: Uint8Array): unknown => JSON.parse(Buffer.from(bytes).toString()).errcode;

describe('somebody without a name', () => {
  it('is asked for it by every operation but those for everybody', async () => {
    const closed = operations.filter((operation) => !isOpen(operation));
    expect(closed.length).toBeGreaterThan(150);
    for (const operation of closed) {
      const { status, bytes } = await ask(operation);
      const isFederation = operation.path.startsWith('/_matrix/federation/');
      expect({ operation, status, errcode: errcodeOf(bytes) }).toEqual({
        operation,
        status: 401,
        errcode: isFederation ? 'M_UNAUTHORIZED' : 'M_MISSING_TOKEN',
      });
    }
  });

  it('is not believed with a token that nobody has, nor with a signature that is none', async () => {
    const closed = operations.filter((operation) => !isOpen(operation));
    for (const operation of closed) {
      const isFederation = operation.path.startsWith('/_matrix/federation/');
      const given = isFederation
        ? `X-Matrix origin="south.test",destination="north.test",key="ed25519:1",sig="${'A'.repeat(86)}"`
        : 'Bearer nobody-has-this';
      const { status, bytes } = await ask(operation, given);
      const refusals = isFederation ? ['M_FORBIDDEN', 'M_UNAUTHORIZED'] : ['M_UNKNOWN_TOKEN'];
      expect({ operation, isRefused: status === 401 || status === 403 }).toEqual({
        operation,
        isRefused: true,
      });
      expect(refusals).toContain(errcodeOf(bytes));
    }
  });

  it('gets everything that is for everybody, or a reason', async () => {
    for (const operation of operations.filter(isOpen)) {
      const { status } = await ask(operation);
      expect([200, 400, 401, 403, 404]).toContain(status);
    }
  });
});
