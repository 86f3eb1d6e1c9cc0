import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createHttpApp } from '../http-app.ts';
import { openWebApp } from './web-app.ts';

const log = { info: () => {}, warn: () => {}, error: () => {} };

const built = () => {
  const folder = mkdtempSync(join(tmpdir(), 'causeway-web-'));
  mkdirSync(join(folder, 'assets'));
  writeFileSync(join(folder, 'index.html'), '<!doctype html>');
  writeFileSync(join(folder, 'assets', 'index-B1c2D3e4.js'), 'x'.repeat(5000));
  writeFileSync(join(folder, '..', 'secret.txt'), 'secret');
  return folder;
};

const fetchFrom = async (folder: string, url: string, { method = 'GET', headers = {} } = {}) => {
  await using app = await createHttpApp({ routes: [], log, webApp: openWebApp(folder) });
  return app.inject({ method, url, headers });
};

describe('the web app', () => {
  it.each(['/', '/setup?token=x', '/index.html'])('is served at %s under a strict policy', async (url) => {
    const answer = await fetchFrom(built(), url);
    expect(answer.status).toBe(200);
    expect(Buffer.from(answer.bytes).toString()).toBe('<!doctype html>');
    expect(answer.headers['content-security-policy']).toContain("default-src 'none'");
    expect(answer.headers['cache-control']).toBe('no-cache');
  });

  it('lets browsers keep built files and compresses them', async () => {
    const answer = await fetchFrom(built(), '/assets/index-B1c2D3e4.js', {
      headers: { 'accept-encoding': 'gzip, br' },
    });
    expect(answer.headers).toMatchObject({
      'cache-control': 'public, max-age=31536000, immutable',
      'content-encoding': 'br',
      'content-type': 'text/javascript; charset=utf-8',
    });
    expect(answer.bytes.length).toBeLessThan(500);
  });

  it.each(['/../secret.txt', '/..%2fsecret.txt', '/assets/../../secret.txt', '/nothing', '/assets'])(
    'has nothing at %s',
    async (url) => {
      expect(await fetchFrom(built(), url)).toMatchObject({ status: 404 });
    },
  );

  it('does not take writes', async () => {
    expect(await fetchFrom(built(), '/', { method: 'POST' })).toMatchObject({ status: 405 });
  });

  it('that is not built says so', async () => {
    const answer = await fetchFrom(mkdtempSync(join(tmpdir(), 'causeway-web-')), '/');
    expect(answer.status).toBe(503);
    expect(Buffer.from(answer.bytes).toString()).toContain('not built');
  });
});
