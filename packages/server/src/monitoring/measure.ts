/** Figures that are there to be read, and not counted where they happen. */
import { statfsSync, statSync } from 'node:fs';
import { type Backlog, type Engine, media, readBacklog, type Store, systemClock } from '@causeway/homeserver';
import type { DataFolder } from '../data/data-folder.ts';

export type Measured = Backlog & {
  readonly ts: number;
  readonly databaseBytes: number;
  readonly logBytes: number;
  readonly mediaBytes: number;
  readonly mediaFiles: number;
  readonly freeBytes: number;
  readonly diskBytes: number;
};

/** Adding up all files takes its time, and their sum changes slowly. */
const MEDIA_LIFETIME_MS = 10 * 60_000;
const PAGE = 500;

const NOTHING: Backlog = {
  ...{ destinations: 0, failing: 0, waiting: 0, staged: 0, servers: 0 },
  oldestWaitingTs: undefined,
  oldestStagedTs: undefined,
};

/** `engine` is undefined before set-up. */
export const createMeasure = (
  folder: DataFolder,
  store: Store,
  engine: () => Engine | undefined,
): (() => Promise<Measured>) => {
  let known: { readonly at: number; readonly size: Promise<MediaSize> } | undefined;
  const mediaSize = (now: number): Promise<MediaSize> => {
    if (known === undefined || now - known.at > MEDIA_LIFETIME_MS)
      known = { at: now, size: addUpMedia(store) };
    return known.size;
  };
  return async () => {
    const ts = systemClock.now();
    const running = engine();
    const { bytes, files } = await mediaSize(ts);
    const { bavail, blocks, bsize } = statfsSync(folder.path);
    return {
      ts,
      ...(running === undefined ? NOTHING : await readBacklog(running)),
      databaseBytes: sizeOf(folder.database),
      logBytes: sizeOf(`${folder.database}-wal`),
      mediaBytes: bytes,
      mediaFiles: files,
      freeBytes: bavail * bsize,
      diskBytes: blocks * bsize,
    };
  };
};

type MediaSize = { readonly bytes: number; readonly files: number };

/** Page by page, each a read of its own, so that nobody waits. */
const addUpMedia = async (store: Store): Promise<MediaSize> => {
  let bytes = 0;
  let files = 0;
  for (let origin: string | undefined; ; ) {
    const next = await store.read((reader) =>
      reader.first(media, origin === undefined ? {} : { gt: origin }),
    );
    if (next === undefined) return { bytes, files };
    origin = next.origin;
    const { origin: of } = next;
    for (let after = ''; ; ) {
      const page = await store.read((reader) =>
        reader.scan(media, { where: { origin: of }, gt: after, limit: PAGE }),
      );
      for (const { size } of page) bytes += size;
      files += page.length;
      if (page.length < PAGE) break;
      after = page.at(-1)?.media_id ?? '';
    }
  }
};

const sizeOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0;
