/** Keeps the bytes of media. What they mean (type, name, owner) is in the `media` table. */
export interface BlobStore {
  /**
   * Stores a stream of bytes under a key made here; fulfilled when they are on stable storage. A stream of
   * more than `maxBytes` is not read to its end and leaves nothing behind, like one that throws.
   */
  write(
    source: AsyncIterable<Uint8Array>,
    options: { readonly maxBytes: number; readonly signal?: AbortSignal },
  ): Promise<BlobWriteResult>;
  /** The bytes of a key that `write` returned; undefined when there are none. */
  read(key: string): Promise<StoredBlob | undefined>;
  /** Forgets the bytes, if there are any. */
  delete(key: string): Promise<void>;
}

/** `key` finds the bytes again; `size` is their number. `too-large`: nothing was kept. */
export type BlobWriteResult =
  | { readonly kind: 'stored'; readonly key: string; readonly size: number; readonly sha256: Uint8Array }
  | { readonly kind: 'too-large' };

/** Bytes to be read once, from begin to end; `size` in bytes. */
export type StoredBlob = AsyncIterable<Uint8Array> & { readonly size: number };
