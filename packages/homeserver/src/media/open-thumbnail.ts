/** Thumbnails: made once per size, and kept. */
import type { Engine } from '../engine.ts';
import { refusal } from '../matrix-error.ts';
import { thumbnails } from '../store/schema.ts';
import { type MediaFile, versionOf } from './media-file.ts';
import { requireUnquarantined } from './quarantine.ts';
import { pictureTypeOf, type ThumbnailSize } from './thumbnailer.ts';
import { faultOf } from '../refusals.ts';

/** Larger pictures are not decoded. */
const MAX_SOURCE_BYTES = 20 * 1024 * 1024;
const MAX_THUMBNAIL_BYTES = 4 * 1024 * 1024;
/** Every request gets the next larger of these, so that there are few to keep. */
const SIDES = [32, 64, 96, 160, 320, 480, 640, 800, 1280, 1600];

/** A thumbnail of which file, in which size. */
export type ThumbnailOf = ThumbnailSize & { readonly origin: string; readonly mediaId: string };

/**
 * `open` gives the original. It is what is served, too, when it is a picture that can't be made smaller: an
 * image larger than requested is allowed. @throws M_UNKNOWN for what is no picture
 */
export const openThumbnail = async (
  engine: Engine,
  wanted: ThumbnailOf,
  open: () => Promise<MediaFile>,
): Promise<MediaFile> => {
  const key = {
    origin: wanted.origin,
    media_id: wanted.mediaId,
    width: nextSide(wanted.width),
    height: nextSide(wanted.height),
    method: wanted.method,
  };
  await requireUnquarantined(engine, wanted);
  const kept = await readThumbnail(engine, key);
  if (kept !== undefined) return kept;
  // Many clients ask for the same picture at once, when it is new.
  const name = `thumbnail ${JSON.stringify(key)}`;
  return engine.mediaQueue.run(name, async () => {
    const meanwhile = await readThumbnail(engine, key);
    if (meanwhile !== undefined) return meanwhile;
    const original = await open();
    const made = await makeThumbnail(engine, key, original);
    if (made === 'no picture') throw notPicture();
    return made ?? fallback(await open());
  });
};

type Key = {
  readonly origin: string;
  readonly media_id: string;
  readonly width: number;
  readonly height: number;
  readonly method: 'crop' | 'scale';
};

const nextSide = (side: number): number => SIDES.find((one) => one >= side) ?? 1600;

const fallback = (original: MediaFile): MediaFile => {
  if (original.contentType.startsWith('image/')) return original;
  throw notPicture();
};

const notPicture = () => refusal('M_UNKNOWN', faultOf('file-no-picture'));

const readThumbnail = async (engine: Engine, key: Key): Promise<MediaFile | undefined> => {
  const row = await engine.store.read((reader) => reader.get(thumbnails, key));
  const content = row && (await engine.blobs.read(row.blob_key));
  if (row === undefined || content === undefined) return undefined;
  const { content_type: contentType, blob_key } = row;
  return { contentType, uploadName: undefined, size: content.size, version: versionOf(blob_key), content };
};

const makeThumbnail = async (
  engine: Engine,
  key: Key,
  original: MediaFile,
): Promise<MediaFile | 'no picture' | undefined> => {
  const parts: Uint8Array[] = [];
  for await (const part of original.content) {
    // What a file says that it is does not count.
    if (parts.length === 0 && pictureTypeOf(part) === undefined) return 'no picture';
    if (original.size > MAX_SOURCE_BYTES) return undefined;
    parts.push(part);
  }
  if (parts.length === 0) return 'no picture';
  const made = await engine.thumbnailer.make(Buffer.concat(parts), key);
  if (made.kind === 'refused') {
    engine.log.info('no thumbnail', { origin: key.origin, media_id: key.media_id, reason: made.reason });
    return undefined;
  }
  const source = (async function* () {
    yield made.bytes;
  })();
  const written = await engine.blobs.write(source, { maxBytes: MAX_THUMBNAIL_BYTES });
  if (written.kind === 'too-large') return undefined;
  await engine.store.transact((tx) =>
    tx.put(thumbnails, { ...key, blob_key: written.key, content_type: made.contentType }),
  );
  return readThumbnail(engine, key);
};
