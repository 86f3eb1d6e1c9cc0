import type { MatrixClient } from 'matrix-js-sdk';
import { Observable } from '../frame/observable.ts';
import { formatSize } from '../i18n/dates.ts';
import { t } from '../i18n/translate.ts';
import { isSafeImageType } from '../media/authenticated-media.ts';
import type { JsonObject } from '../session/matrix-request.ts';
import { describeProblem } from '../session/problem.ts';
import { sendContent } from './send-message.ts';

export type Upload = {
  readonly id: number;
  readonly roomId: string;
  readonly file: File;
  /** From 0 to 1. */
  readonly progress: number;
  readonly failure: string;
  readonly cancel: () => void;
};

/** Files on their way to the server. */
export const uploads = new Observable<readonly Upload[]>([]);
let nextId = 1;

const replace = (id: number, part: Partial<Upload>) =>
  uploads.set(uploads.get().map((upload) => (upload.id === id ? { ...upload, ...part } : upload)));

const remove = (id: number) => uploads.set(uploads.get().filter((upload) => upload.id !== id));

/** Uploads the files one after the other and sends each when it has arrived. */
export async function attachFiles(
  client: MatrixClient,
  roomId: string,
  files: readonly File[],
): Promise<void> {
  for (const file of files) await attachFile(client, roomId, file);
}

export function retryUpload(client: MatrixClient, upload: Upload): void {
  remove(upload.id);
  void attachFile(client, upload.roomId, upload.file);
}

async function attachFile(client: MatrixClient, roomId: string, file: File): Promise<void> {
  const id = nextId++;
  const abort = new AbortController();
  const cancel = () => {
    abort.abort();
    remove(id);
  };
  uploads.set([...uploads.get(), { id, roomId, file, progress: 0, failure: '', cancel }]);
  try {
    const limit = await uploadLimit(client);
    if (limit !== undefined && file.size > limit) {
      replace(id, {
        failure: t('attach.tooLarge', { size: formatSize(file.size), limit: formatSize(limit) }),
      });
      return;
    }
    const picture = isSafeImageType(file.type) ? await measure(file) : undefined;
    const { content_uri: url } = await client.uploadContent(file, {
      name: file.name,
      type: file.type || 'application/octet-stream',
      abortController: abort,
      progressHandler: ({ loaded, total }) => replace(id, { progress: total ? loaded / total : 0 }),
    });
    if (abort.signal.aborted) return;
    remove(id);
    sendContent(client, roomId, fileContent(file, url, picture));
  } catch (problem) {
    if (!abort.signal.aborted) replace(id, { failure: describeProblem(problem) });
  }
}

function fileContent(file: File, url: string, picture: { w: number; h: number } | undefined): JsonObject {
  const info = { mimetype: file.type || 'application/octet-stream', size: file.size, ...picture };
  return {
    msgtype: picture ? 'm.image' : 'm.file',
    body: file.name || t('attach.pasted'),
    url,
    info,
    'm.mentions': {},
  };
}

async function measure(file: File): Promise<{ w: number; h: number } | undefined> {
  try {
    const bitmap = await createImageBitmap(file);
    const size = { w: bitmap.width, h: bitmap.height };
    bitmap.close();
    return size;
  } catch {
    return undefined;
  }
}

/** The server's limit; it is the one that refuses, so not knowing it stops nothing. */
async function uploadLimit(client: MatrixClient): Promise<number | undefined> {
  try {
    const config = await client.getMediaConfig(true);
    return config['m.upload.size'];
  } catch {
    return undefined;
  }
}
