import { type ChildProcess, fork } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { DEMO_PASSWORD, demoPlaces } from './demo/demo-people.ts';
import type { FromWorkspaces } from './test-support/two-workspaces.ts';

const MIB = 1024 * 1024;
const FILE_BYTES = 200 * MIB;
const PIECE_BYTES = 64 * 1024;
/** What both workspaces together, in one process, may grow by. */
const MAX_GROWTH_BYTES = 32 * MIB;

const startWorkspaces = () =>
  fork(join(import.meta.dirname, 'test-support/two-workspaces.ts'), {
    execArgv: ['--conditions=@causeway/source', '--expose-gc'],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });

const answer = async (child: ChildProcess): Promise<FromWorkspaces> => {
  const [message] = (await once(child, 'message')) as [FromWorkspaces];
  return message;
};

const memory = async (child: ChildProcess) => {
  child.send('memory');
  const message = await answer(child);
  if (message.kind !== 'memory') throw new Error('not an answer');
  return message;
};

/** Anybody who asks for a profile may have its picture, of whatever size. */
const wear = async (url: string, token: string, avatar_url: string): Promise<void> => {
  const headers = { authorization: `Bearer ${token}` };
  const me = await fetch(`${url}/_matrix/client/v3/account/whoami`, { headers });
  const { user_id } = (await me.json()) as { readonly user_id: string };
  const path = `/_matrix/client/v3/profile/${encodeURIComponent(user_id)}/avatar_url`;
  const body = JSON.stringify({ avatar_url });
  expect((await fetch(`${url}${path}`, { method: 'PUT', headers, body })).status).toBe(200);
};

const signIn = async (url: string, user: string): Promise<string> => {
  const response = await fetch(`${url}/_matrix/client/v3/login`, {
    method: 'POST',
    body: JSON.stringify({
      type: 'm.login.password',
      identifier: { type: 'm.id.user', user },
      password: DEMO_PASSWORD,
    }),
  });
  const { access_token } = (await response.json()) as { readonly access_token: string };
  return access_token;
};

/** Bytes that nobody can guess or compress, never all of them at once. */
const bytesOf = (size: number, hash: { update(piece: Uint8Array): unknown }): ReadableStream<Uint8Array> => {
  let sent = 0;
  return new ReadableStream({
    pull(controller) {
      const piece = new Uint8Array(PIECE_BYTES);
      new DataView(piece.buffer).setUint32(0, sent);
      crypto.getRandomValues(piece.subarray(8));
      hash.update(piece);
      controller.enqueue(piece);
      sent += piece.length;
      if (sent >= size) controller.close();
    },
  });
};

const upload = (url: string, token: string, size: number, hash: { update(piece: Uint8Array): unknown }) =>
  fetch(`${url}/_matrix/media/v3/upload?filename=large.bin`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/octet-stream' },
    body: bytesOf(size, hash),
    duplex: 'half',
  } as RequestInit);

const download = async (url: string, token: string, uri: string): Promise<string> => {
  const response = await fetch(
    `${url}/_matrix/client/v1/media/download/${uri.slice('mxc://'.length)}?timeout_ms=60000`,
    {
      headers: { authorization: `Bearer ${token}` },
    },
  );
  const hash = createHash('sha256');
  for await (const piece of response.body ?? []) hash.update(piece as Uint8Array);
  return hash.digest('hex');
};

it('a file of 200 MB goes up, and over to another server, in little memory', {
  timeout: 120_000,
}, async () => {
  const child = startWorkspaces();
  try {
    const ready = await answer(child);
    const [north = '', south = ''] = ready.kind === 'ready' ? ready.urls : [];
    const [ourToken, theirToken] = [
      await signIn(north, demoPlaces[0].people[0]?.username ?? ''),
      await signIn(south, demoPlaces[1].people[0]?.username ?? ''),
    ];
    const small = createHash('sha256');
    const warm = (await (await upload(north, ourToken, 48 * MIB, small)).json()) as {
      readonly content_uri: string;
    };
    await wear(north, ourToken, warm.content_uri);
    expect(await download(south, theirToken, warm.content_uri)).toBe(small.digest('hex'));

    const before = await memory(child);
    const hash = createHash('sha256');
    const uploaded = await upload(north, ourToken, FILE_BYTES, hash);
    expect(uploaded.status).toBe(200);
    const { content_uri } = (await uploaded.json()) as { readonly content_uri: string };
    await wear(north, ourToken, content_uri);
    const afterUpload = await memory(child);
    expect(await download(south, theirToken, content_uri)).toBe(hash.digest('hex'));
    const afterDownload = await memory(child);
    const growth = [afterUpload.peak - before.now, afterDownload.peak - before.now].map((bytes) =>
      Math.round(bytes / MIB),
    );
    if (process.env['TEST_LOG'] !== undefined) process.stderr.write(`MiB at most: ${growth.join(', ')}\n`);
    expect(Math.max(...growth)).toBeLessThanOrEqual(MAX_GROWTH_BYTES / MIB);

    const tooLarge = await upload(north, ourToken, 513 * MIB, createHash('sha256'));
    expect(tooLarge.status).toBe(413);
    expect(await tooLarge.json()).toMatchObject({
      errcode: 'M_TOO_LARGE',
      error: 'A file here has at most 512 MiB.',
    });
  } finally {
    // It removes its files then.
    const ended = once(child, 'exit');
    child.disconnect();
    await ended;
  }
});
