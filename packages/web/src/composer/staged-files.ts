import type { MatrixClient } from 'matrix-js-sdk';
import { Observable } from '../frame/observable.ts';
import { formatSize } from '../i18n/dates.ts';
import { t } from '../i18n/translate.ts';
import { isSafeImageType } from '../media/authenticated-media.ts';
import { fetchUploadRules, refusedTypeOf, type UploadRules } from '../media/upload-rules.ts';

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
  const rules = await fetchUploadRules(client);
  for (const file of files) {
    const refusal = await refusalOf(file, rules);
    const preview = !refusal && isSafeImageType(file.type) ? URL.createObjectURL(file) : undefined;
    stagedFiles.set([...stagedFiles.get(), { id: nextId++, place, file, preview, refusal }]);
  }
}

export function unstage(ids: readonly number[]): void {
  const gone = stagedFiles.get().filter((one) => ids.includes(one.id));
  for (const { preview } of gone) if (preview) URL.revokeObjectURL(preview);
  stagedFiles.set(stagedFiles.get().filter((one) => !ids.includes(one.id)));
}

async function refusalOf(file: File, rules: UploadRules): Promise<string> {
  const { limit } = rules;
  const refusedType = refusedTypeOf(file, rules);
  if (refusedType !== undefined) return t('attach.refusedType', { type: refusedType });
  if (limit !== undefined && file.size > limit)
    return t('attach.tooLarge', { size: formatSize(file.size), limit: formatSize(limit) });
  try {
    await file.slice(0, 1).arrayBuffer();
  } catch {
    return t('attach.folder');
  }
  return file.size === 0 ? t('attach.empty') : '';
}
