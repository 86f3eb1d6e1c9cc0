/** @see https://spec.matrix.org/v1.19/client-server-api/#post_matrixmediav3upload */
import { randomBytes } from 'node:crypto';
import type { UserId } from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import { type MatrixError, refusal } from '../matrix-error.ts';
import { media } from '../store/schema.ts';
import { safeContentType, safeFileName } from './media-file.ts';
import { faultOf } from '../refusals.ts';

/** A file of a local user, as it arrives. `maxBytes`: what is longer is refused and not kept. */
export type Upload = {
  readonly userId: UserId;
  readonly contentType: string | undefined;
  readonly fileName: string | undefined;
  readonly content: AsyncIterable<Uint8Array>;
  readonly maxBytes: number;
  readonly signal?: AbortSignal;
};

/** Stores a file and returns its `mxc:` address. @throws M_TOO_LARGE */
export const uploadMedia = async (engine: Engine, upload: Upload): Promise<string> => {
  const { maxBytes, signal } = upload;
  const written = await engine.blobs.write(upload.content, { maxBytes, signal });
  if (written.kind === 'too-large') throw tooLarge(maxBytes);
  const mediaId = randomBytes(18).toString('base64url');
  const now = engine.clock.now();
  await engine.store.transact((tx) =>
    tx.insert(media, {
      origin: engine.serverName,
      media_id: mediaId,
      blob_key: written.key,
      content_type: safeContentType(upload.contentType),
      upload_name: safeFileName(upload.fileName) ?? null,
      size: written.size,
      uploader: upload.userId,
      created_ts: now,
      last_access_ts: now,
    }),
  );
  return `mxc://${engine.serverName}/${mediaId}`;
};

/** The refusal of a file over `maxBytes`. The edge answers 413. */
export const tooLarge = (maxBytes: number): MatrixError =>
  refusal('M_TOO_LARGE', faultOf('file-large', { most: Math.floor(maxBytes / 1024 / 1024) }));
