import type { MatrixClient } from 'matrix-js-sdk';
import { Observable } from '../frame/observable.ts';
import { formatSize } from '../i18n/dates.ts';
import { t } from '../i18n/translate.ts';
import { isSafeImageType } from '../media/authenticated-media.ts';

/** A file that was chosen and waits to be sent. */
export type StagedFile = {
  readonly id: number;
  readonly place: string;
  readonly file: File;
  /** The address of its picture here. */
  readonly preview: string | undefined;
  /** Why it cannot be sent. */
  readonly refusal: string;
};

export const stagedFiles = new Observable<readonly StagedFile[]>([]);
let nextId = 1;

/** Puts files where the message is written; they are sent with it. */
export async function stageFiles(client: MatrixClient, place: string, files: readonly File[]): Promise<void> {
  const limit = await uploadLimit(client);
  for (const file of files) {
    const refusal = await refusalOf(file, limit);
    const preview = !refusal && isSafeImageType(file.type) ? URL.createObjectURL(file) : undefined;
    stagedFiles.set([...stagedFiles.get(), { id: nextId++, place, file, preview, refusal }]);
  }
}

export function unstage(ids: readonly number[]): void {
  const gone = stagedFiles.get().filter((one) => ids.includes(one.id));
  for (const { preview } of gone) if (preview) URL.revokeObjectURL(preview);
  stagedFiles.set(stagedFiles.get().filter((one) => !ids.includes(one.id)));
}

async function refusalOf(file: File, limit: number | undefined): Promise<string> {
  if (limit !== undefined && file.size > limit)
    return t('attach.tooLarge', { size: formatSize(file.size), limit: formatSize(limit) });
  try {
    await file.slice(0, 1).arrayBuffer();
  } catch {
    return t('attach.folder');
  }
  return file.size === 0 ? t('attach.empty') : '';
}

/** The server's limit; it is the one that refuses, so not knowing it stops nothing. */
async function uploadLimit(client: MatrixClient): Promise<number | undefined> {
  try {
    return (await client.getMediaConfig(true))['m.upload.size'];
  } catch {
    return undefined;
  }
}
