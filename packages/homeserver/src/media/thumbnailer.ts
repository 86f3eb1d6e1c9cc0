/** Makes small pictures of large ones; a port, because it needs a decoder, which belongs in a process of its own. */
export interface Thumbnailer extends AsyncDisposable {
  /** `source` is one of {@link pictureTypeOf}'s formats. */
  make(source: Uint8Array, wanted: ThumbnailSize): Promise<ThumbnailResult>;
}

/** Width and height in pixels. */
export type ThumbnailSize = {
  readonly width: number;
  readonly height: number;
  /** `crop`: exactly that shape. `scale`: within that shape. Never larger than the source. */
  readonly method: 'crop' | 'scale';
};

/** The image, or why none could be made. */
export type ThumbnailResult =
  | { readonly kind: 'made'; readonly bytes: Uint8Array; readonly contentType: string }
  /** Not decodable, or more pixels than anybody needs. */
  | { readonly kind: 'refused'; readonly reason: string };

/** Where there is no decoder, originals are served. */
export const noThumbnailer: Thumbnailer = {
  make: async () => ({ kind: 'refused', reason: 'there is no decoder' }),
  [Symbol.asyncDispose]: async () => {},
};

/** What a file is by its first bytes, whatever it claims; undefined: nothing that is decoded here. */
export const pictureTypeOf = (bytes: Uint8Array): string | undefined => {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, 16)).toString('latin1');
  if (text.startsWith('\x89PNG\r\n\x1a\n')) return 'image/png';
  if (text.startsWith('\xff\xd8\xff')) return 'image/jpeg';
  if (text.startsWith('GIF87a') || text.startsWith('GIF89a')) return 'image/gif';
  return text.startsWith('RIFF') && text.slice(8, 12) === 'WEBP' ? 'image/webp' : undefined;
};
