/** The process that decodes pictures of strangers: when it dies of one, nothing else does. */
import sharp from 'sharp';

export type ThumbnailJob = {
  readonly id: number;
  readonly source: Uint8Array;
  readonly width: number;
  readonly height: number;
  readonly method: 'crop' | 'scale';
};

export type ThumbnailAnswer =
  | { readonly id: number; readonly bytes: Uint8Array; readonly contentType: string }
  | { readonly id: number; readonly reason: string };

/** A picture of 50,000 by 50,000 is an attack. */
const MAX_PIXELS = 50_000_000;
const QUALITY = 80;

sharp.cache(false);
sharp.concurrency(1);
// Only the formats that are let in by their first bytes: none that reads files, addresses or programs.
sharp.block({ operation: ['VipsForeignLoad'] });
sharp.unblock({
  operation: ['Jpeg', 'Png', 'Webp', 'Nsgif'].map((format) => `VipsForeignLoad${format}`),
});

const make = async ({ id, source, width, height, method }: ThumbnailJob): Promise<ThumbnailAnswer> => {
  try {
    const picture = sharp(source, { limitInputPixels: MAX_PIXELS, sequentialRead: true, pages: 1 })
      .autoOrient()
      .resize({ width, height, fit: method === 'crop' ? 'cover' : 'inside', withoutEnlargement: true });
    const { hasAlpha } = await sharp(source, { limitInputPixels: MAX_PIXELS }).metadata();
    const encoded = hasAlpha === true ? picture.png() : picture.jpeg({ quality: QUALITY });
    const bytes = await encoded.toBuffer();
    return { id, bytes, contentType: hasAlpha === true ? 'image/png' : 'image/jpeg' };
  } catch (error) {
    return { id, reason: error instanceof Error ? error.message : String(error) };
  }
};

process.on('message', (job: ThumbnailJob) => {
  void make(job).then((answer) => process.send?.(answer));
});
process.on('disconnect', () => process.exit(0));
