/**
 * Fetches a file from the server that has it, and keeps a copy.
 *
 * @see https://spec.matrix.org/v1.19/server-server-api/#get_matrixfederationv1mediadownloadmediaid
 */
import { type ServerName, signRequest } from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import { TransportBodyError, type TransportResponse } from '../federation/transport.ts';
import { notFound, refusedByPolicy, unreachable } from '../matrix-error.ts';
import { media } from '../store/schema.ts';
import { safeContentType, safeFileName } from './media-file.ts';
import { boundaryOf, MultipartError, readParts } from './multipart.ts';
import { tooLarge } from './upload-media.ts';
import { faultOf } from '../refusals.ts';

export type RemoteMedia = {
  readonly serverName: ServerName;
  readonly mediaId: string;
  readonly maxBytes: number;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
};

/** Headers and the JSON part beside the file. */
const MAX_OVERHEAD_BYTES = 64 * 1024;

/** @throws M_NOT_FOUND, M_FORBIDDEN, M_TOO_LARGE, CAUSEWAY_UNREACHABLE */
export const fetchRemoteMedia = async (engine: Engine, wanted: RemoteMedia): Promise<void> => {
  const { serverName, maxBytes } = wanted;
  const response = await request(engine, wanted);
  if (response.status === 404) throw notFound(faultOf('file-not-there', { server: serverName }));
  if (response.status !== 200) throw unreachable(`${serverName} answered ${response.status} for this file.`);
  const boundary = boundaryOf(response.headers['content-type'] ?? '');
  if (boundary === undefined)
    throw unreachable(`${serverName} did not send this file as the specification says.`);
  try {
    let index = 0;
    for await (const part of readParts(response.body, boundary)) {
      // The first part is JSON without a use yet; the second is the file.
      if (index++ === 0) continue;
      if (part.headers.location !== undefined) {
        await keepFromElsewhere(engine, wanted, part.headers.location, part.headers);
        return;
      }
      const { signal } = wanted;
      const written = await engine.blobs.write(part.content, { maxBytes, signal });
      if (written.kind === 'too-large') throw tooLarge(maxBytes);
      await remember(engine, wanted, part.headers, written);
      return;
    }
  } catch (error) {
    if (error instanceof TransportBodyError) {
      throw error.code === 'too-large'
        ? tooLarge(maxBytes)
        : unreachable(`The file of ${serverName} broke off.`);
    }
    if (error instanceof MultipartError) throw unreachable(`The file of ${serverName} broke off.`);
    throw error;
  }
  throw unreachable(`${serverName} sent no file.`);
};

/** The file is at an address that its server names. What the server says of it counts, then what is said there. */
const keepFromElsewhere = async (
  engine: Engine,
  wanted: RemoteMedia,
  url: string,
  told: { readonly [name: string]: string },
): Promise<void> => {
  const { serverName, maxBytes, timeoutMs, signal } = wanted;
  const response = await engine.transport.streamUrl({
    url,
    timeoutMs,
    maxBytes,
    signal: signal ? AbortSignal.any([signal, engine.signal]) : engine.signal,
  });
  if (response.kind === 'failed') {
    throw unreachable(`${serverName} keeps this file elsewhere. ${response.reason}`);
  }
  if (response.status !== 200) {
    throw unreachable(`${serverName} keeps this file elsewhere, where the answer was ${response.status}.`);
  }
  const written = await engine.blobs.write(response.body, { maxBytes, signal });
  if (written.kind === 'too-large') throw tooLarge(maxBytes);
  await remember(engine, wanted, { ...response.headers, ...told }, written);
};

const request = async (
  engine: Engine,
  wanted: RemoteMedia,
): Promise<TransportResponse<AsyncIterable<Uint8Array>>> => {
  const { serverName: destination, mediaId, timeoutMs } = wanted;
  const allowed = await engine.policy.ask({ kind: 'exchange', server: destination, direction: 'outbound' });
  if (!allowed.allowed) throw refusedByPolicy(allowed);
  const path = `/_matrix/federation/v1/media/download/${mediaId}?timeout_ms=${timeoutMs}`;
  const signing = { method: 'GET', uri: path, origin: engine.serverName, destination } as const;
  const response = await engine.transport.stream({
    destination,
    method: 'GET',
    path,
    headers: { authorization: signRequest(signing, engine.signingKey) },
    timeoutMs,
    maxBytes: wanted.maxBytes + MAX_OVERHEAD_BYTES,
    signal: wanted.signal ? AbortSignal.any([wanted.signal, engine.signal]) : engine.signal,
  });
  if (response.kind === 'failed') throw unreachable(response.reason);
  return response;
};

const remember = async (
  engine: Engine,
  { serverName, mediaId }: RemoteMedia,
  headers: { readonly [name: string]: string },
  written: { readonly key: string; readonly size: number },
): Promise<void> => {
  const now = engine.clock.now();
  const superfluous = await engine.store.transact(async (tx) => {
    const known = await tx.get(media, { origin: serverName, media_id: mediaId });
    await tx.put(media, {
      origin: serverName,
      media_id: mediaId,
      blob_key: written.key,
      content_type: safeContentType(headers['content-type']),
      upload_name: safeFileName(fileNameOf(headers['content-disposition'])) ?? null,
      size: written.size,
      uploader: null,
      created_ts: now,
      last_access_ts: now,
    });
    return known?.blob_key;
  });
  // Somebody else fetched it at the same time: one copy is enough.
  if (superfluous !== undefined) await engine.blobs.delete(superfluous);
};

/** The file name of a Content-Disposition header, in either of its forms. */
const fileNameOf = (header: string | undefined): string | undefined => {
  if (header === undefined) return undefined;
  const extended = /;\s*filename\*\s*=\s*utf-8''([^;\s]+)/i.exec(header)?.[1];
  if (extended !== undefined) {
    try {
      return decodeURIComponent(extended);
    } catch {
      return undefined;
    }
  }
  const match = /;\s*filename\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;\s]+))/i.exec(header);
  return match?.[1]?.replaceAll(/\\(.)/g, '$1') ?? match?.[2];
};
