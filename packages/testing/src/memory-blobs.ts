import { createHash, randomBytes } from 'node:crypto';
import type { BlobStore } from '@causeway/homeserver';

/** Blobs that live as long as the test. */
export const createMemoryBlobs = (): BlobStore => {
  const blobs = new Map<string, Uint8Array>();
  return {
    async write(source, { maxBytes }) {
      const parts: Uint8Array[] = [];
      let size = 0;
      for await (const part of source) {
        size += part.length;
        if (size > maxBytes) return { kind: 'too-large' };
        parts.push(part);
      }
      const bytes = Buffer.concat(parts);
      const key = randomBytes(16).toString('hex');
      blobs.set(key, bytes);
      return { kind: 'stored', key, size, sha256: createHash('sha256').update(bytes).digest() };
    },
    async read(key) {
      const bytes = blobs.get(key);
      if (bytes === undefined) return undefined;
      const source = (async function* () {
        yield bytes;
      })();
      return Object.assign(source, { size: bytes.length });
    },
    async delete(key) {
      blobs.delete(key);
    },
  };
};
