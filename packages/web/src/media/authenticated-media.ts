import type { MatrixClient } from 'matrix-js-sdk';
import { useEffect, useState } from 'react';
import { useWorkspace } from '../session/workspace-session.ts';

/** Image types that a browser draws and that cannot carry script. */
const SAFE_IMAGE_TYPES: ReadonlySet<string> = new Set([
  'image/png',
  'image/jpeg',
  'image/gif',
  'image/webp',
  'image/avif',
  'image/apng',
]);
const CACHE_SIZE = 400;

export type ThumbnailSize = {
  readonly width: number;
  readonly height: number;
  readonly method: 'crop' | 'scale';
};

/** Addresses of fetched media, the most recently used last; those of one person are not kept for the next. */
const cache = new Map<string, Promise<string>>();
let cachedFor: MatrixClient | undefined;

/** Whether a type may be drawn as an image. */
export const isSafeImageType = (type: string): boolean => SAFE_IMAGE_TYPES.has(type.toLowerCase());

function parseMxc(mxc: string): { server: string; id: string } | undefined {
  const match = /^mxc:\/\/([^/?#]+)\/([A-Za-z0-9_.~-]+)$/.exec(mxc);
  return match?.[1] && match[2] ? { server: match[1], id: match[2] } : undefined;
}

async function fetchWithToken(client: MatrixClient, path: string, signal?: AbortSignal): Promise<Response> {
  const response = await fetch(path, {
    headers: { authorization: `Bearer ${client.getAccessToken() ?? ''}` },
    ...(signal ? { signal } : {}),
  });
  if (!response.ok) throw new Error(`The server answered ${response.status}.`);
  return response;
}

/** The bytes of a file, by https://spec.matrix.org/latest/client-server-api/#get_matrixclientv1mediadownloadservernamemediaid */
export async function downloadMedia(client: MatrixClient, mxc: string): Promise<Blob> {
  const parsed = parseMxc(mxc);
  if (!parsed) throw new Error('This is not the address of a file.');
  const path = `${encodeURIComponent(parsed.server)}/${parsed.id}`;
  return (await fetchWithToken(client, `/_matrix/client/v1/media/download/${path}`)).blob();
}

async function fetchThumbnail(client: MatrixClient, mxc: string, size: ThumbnailSize): Promise<Blob> {
  const parsed = parseMxc(mxc);
  if (!parsed) throw new Error('This is not the address of a file.');
  const query = new URLSearchParams({
    width: String(size.width),
    height: String(size.height),
    method: size.method,
  });
  const path = `/_matrix/client/v1/media/thumbnail/${encodeURIComponent(parsed.server)}/${parsed.id}?${query}`;
  return (await fetchWithToken(client, path)).blob();
}

async function loadImage(
  client: MatrixClient,
  mxc: string,
  size: ThumbnailSize | undefined,
): Promise<string> {
  const blob = size
    ? await fetchThumbnail(client, mxc, size).catch(() => downloadMedia(client, mxc))
    : await downloadMedia(client, mxc);
  if (!isSafeImageType(blob.type)) throw new Error('This file is not an image that can be shown.');
  return URL.createObjectURL(blob);
}

/** A blob: address of an image; fetched once, dropped when it has not been used for long. */
function imageAddress(client: MatrixClient, mxc: string, size?: ThumbnailSize): Promise<string> {
  if (cachedFor !== client) {
    for (const kept of [...cache.keys()]) drop(kept);
    cachedFor = client;
  }
  const key = size ? `${mxc} ${size.width}x${size.height} ${size.method}` : mxc;
  const known = cache.get(key);
  if (known !== undefined) {
    cache.delete(key);
    cache.set(key, known);
    return known;
  }
  const address = loadImage(client, mxc, size);
  cache.set(key, address);
  address.catch(() => void cache.delete(key));
  dropOldest();
  return address;
}

function dropOldest(): void {
  const oldest = cache.keys().next().value;
  if (cache.size > CACHE_SIZE && oldest !== undefined) drop(oldest);
}

function drop(key: string): void {
  const address = cache.get(key);
  cache.delete(key);
  address?.then(URL.revokeObjectURL, () => undefined);
}

export type ImageState =
  | { readonly state: 'loading' }
  | { readonly state: 'ready'; readonly address: string }
  | { readonly state: 'failed'; readonly retry: () => void };

/** An image of a room or a person as a component shows it. */
export function useImage(mxc: string | undefined, size?: ThumbnailSize): ImageState {
  const { client } = useWorkspace();
  const [image, setImage] = useState<{ mxc: string; address: string | undefined }>();
  const [attempt, setAttempt] = useState(0);
  const { width, height, method } = size ?? {};

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new attempt loads again.
  useEffect(() => {
    if (!mxc) return;
    let current = true;
    const wanted = width && height && method ? { width, height, method } : undefined;
    imageAddress(client, mxc, wanted).then(
      (address) => current && setImage({ mxc, address }),
      () => current && setImage({ mxc, address: undefined }),
    );
    return () => {
      current = false;
    };
  }, [client, mxc, width, height, method, attempt]);

  if (!image || image.mxc !== mxc) return { state: 'loading' };
  if (!image.address) return { state: 'failed', retry: () => setAttempt((count) => count + 1) };
  return { state: 'ready', address: image.address };
}
