/**
 * Serves the built web app. The files are listed once, so a request can only name one of them, and answers
 * come from memory, compressed.
 */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { extname, join, relative, sep } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

export interface WebApp {
  /** Answers a request for a file of the app, or a page of it; false when there is no such thing. */
  serve(request: IncomingMessage, response: ServerResponse): boolean;
}

/** Paths that are pages of the app: it finds out by itself what to show there. */
const pages: ReadonlySet<string> = new Set(['/', '/setup', '/invitation', '/new-password', '/index.html']);

const contentTypes: { readonly [extension: string]: string } = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.map': 'application/json',
  '.mjs': 'text/javascript; charset=utf-8',
  '.mp3': 'audio/mpeg',
  '.ogg': 'audio/ogg',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
};

const compressible: ReadonlySet<string> = new Set([
  '.css',
  '.html',
  '.js',
  '.json',
  '.map',
  '.mjs',
  '.svg',
  '.wasm',
  '.webmanifest',
  '.txt',
]);

/** Nothing from elsewhere runs, is shown or is talked to; nobody frames us; text never becomes script. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "font-src 'self'",
  "img-src 'self' blob:",
  "media-src 'self' blob:",
  "connect-src 'self'",
  "worker-src 'self'",
  "manifest-src 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "require-trusted-types-for 'script'",
].join('; ');

const securityHeaders = {
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'cross-origin-opener-policy': 'same-origin',
  'permissions-policy': 'geolocation=(), payment=(), usb=()',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
} as const;

/** An app that was not built is served as a page that says so. */
export const openWebApp = (folder: string): WebApp => {
  const files = existsSync(join(folder, 'index.html')) ? listFiles(folder) : undefined;
  return {
    serve(request, response) {
      const path = new URL(request.url ?? '/', 'http://app').pathname;
      const name = pages.has(path) ? '/index.html' : path;
      if (files === undefined) {
        if (name !== '/index.html') return false;
        response.writeHead(503, { ...securityHeaders, 'content-type': 'text/plain; charset=utf-8' });
        response.end('The web app is not built. Build it with: npm run build -w packages/web\n');
        return true;
      }
      const file = files.get(name);
      if (file === undefined) return false;
      if (request.method !== 'GET' && request.method !== 'HEAD') {
        response.writeHead(405, { ...securityHeaders, allow: 'GET, HEAD' }).end();
        return true;
      }
      file.answer(request, response);
      return true;
    },
  };
};

type AppFile = { readonly answer: (request: IncomingMessage, response: ServerResponse) => void };

const listFiles = (folder: string): ReadonlyMap<string, AppFile> => {
  const paths = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  return new Map(
    paths.map((path) => [`/${relative(folder, path).split(sep).join('/')}`, openAppFile(path)] as const),
  );
};

const openAppFile = (path: string): AppFile => {
  const extension = extname(path);
  // Built files bear their content's hash in their name, all but the ones that name them.
  const cacheControl = /[.-][A-Za-z0-9_-]{8,}\.[a-z0-9]+$/.test(path)
    ? 'public, max-age=31536000, immutable'
    : 'no-cache';
  const headers = {
    ...securityHeaders,
    'content-type': contentTypes[extension] ?? 'application/octet-stream',
    'cache-control': cacheControl,
    vary: 'accept-encoding',
  };
  const encoded = new Map<Encoding, Promise<Buffer>>();
  return {
    answer(request, response) {
      const encoding = compressible.has(extension)
        ? chooseEncoding(request.headers['accept-encoding'])
        : 'identity';
      const body = encoded.get(encoding) ?? encode(readFileSync(path), encoding);
      encoded.set(encoding, body);
      body.then(
        (bytes) => {
          response.writeHead(200, {
            ...headers,
            'content-length': bytes.length,
            ...(encoding === 'identity' ? {} : { 'content-encoding': encoding }),
          });
          response.end(request.method === 'HEAD' ? undefined : bytes);
        },
        () => response.destroy(),
      );
    },
  };
};

type Encoding = 'br' | 'gzip' | 'identity';

const chooseEncoding = (accepted: string | undefined): Encoding => {
  const offered = (accepted ?? '').split(',').map((part) => part.trim().split(';')[0]);
  if (offered.includes('br')) return 'br';
  return offered.includes('gzip') ? 'gzip' : 'identity';
};

/** Higher brotli qualities take seconds for a few percent. */
const BROTLI_QUALITY = 9;

const encode = async (bytes: Buffer, encoding: Encoding): Promise<Buffer> => {
  if (encoding === 'br') {
    return promisify(brotliCompress)(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY } });
  }
  return encoding === 'gzip' ? promisify(gzip)(bytes) : bytes;
};
