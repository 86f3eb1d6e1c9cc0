import type { MatrixClient } from 'matrix-js-sdk';
import { Observable } from '../frame/observable.ts';
import { t } from '../i18n/translate.ts';
import type { Written } from '../markdown/write-message.ts';
import { describeFile, type FileDescription, type Thumbnail } from '../media/describe-file.ts';
import { typeOf } from '../media/upload-rules.ts';
import type { JsonObject } from '../session/matrix-request.ts';
import { describeProblem, errorCode } from '../session/problem.ts';
import { newMessage, type Place } from './message-content.ts';
import { sendContent } from './send-message.ts';

export type Upload = {
  readonly id: number;
  readonly place: string;
  readonly file: File;
  /** From 0 to 1. */
  readonly progress: number;
  readonly failure: string;
  readonly cancel: () => void;
  readonly retry: () => void;
};

/** Where files go, and what is said with them. */
export type Delivered = {
  readonly roomId: string;
  readonly place: string;
  readonly relation: () => Place;
  readonly caption: Written | undefined;
};

/** Files on their way to the server. */
export const uploads = new Observable<readonly Upload[]>([]);
let nextId = 1;

const replace = (id: number, part: Partial<Upload>) =>
  uploads.set(uploads.get().map((upload) => (upload.id === id ? { ...upload, ...part } : upload)));

const remove = (id: number) => uploads.set(uploads.get().filter((upload) => upload.id !== id));

/** Sends the files one after the other, in their order; the words stand under the last. */
export async function sendFiles(client: MatrixClient, files: readonly File[], to: Delivered): Promise<void> {
  const waiting = files.map((file, index) =>
    prepare(client, file, index === files.length - 1 ? to : { ...to, caption: undefined }),
  );
  for (const start of waiting) await start();
}

/** Shows a file among those on their way; the returned function starts it. */
function prepare(client: MatrixClient, file: File, to: Delivered): () => Promise<void> {
  const id = nextId++;
  const abort = new AbortController();
  const cancel = () => {
    abort.abort();
    remove(id);
  };
  const retry = () => {
    remove(id);
    void prepare(client, file, to)();
  };
  const upload = { id, place: to.place, file, progress: 0, failure: '', cancel, retry };
  uploads.set([...uploads.get(), upload]);
  return async () => {
    if (abort.signal.aborted) return;
    try {
      const description = await describeFile(file);
      const thumbnail =
        description.thumbnail && (await uploadThumbnail(client, description.thumbnail, abort));
      const { content_uri: url } = await client.uploadContent(file, {
        name: file.name,
        type: typeOf(file),
        abortController: abort,
        progressHandler: ({ loaded, total }) => replace(id, { progress: total ? loaded / total : 0 }),
      });
      if (abort.signal.aborted) return;
      remove(id);
      sendContent(client, to.roomId, fileContent({ file, url, description, thumbnail, to }));
    } catch (problem) {
      if (!abort.signal.aborted) replace(id, { failure: describeProblem(problem) });
    }
  };
}

/** A workspace may refuse the kind that thumbnails have; the file itself goes without one then. */
async function uploadThumbnail(
  client: MatrixClient,
  { blob, w, h }: Thumbnail,
  abort: AbortController,
): Promise<JsonObject | undefined> {
  try {
    const { content_uri } = await client.uploadContent(blob, {
      includeFilename: false,
      type: blob.type,
      abortController: abort,
    });
    return { thumbnail_url: content_uri, thumbnail_info: { w, h, mimetype: blob.type, size: blob.size } };
  } catch (problem) {
    if (errorCode(problem) === 'M_FORBIDDEN') return undefined;
    throw problem;
  }
}

function fileContent(sent: {
  file: File;
  url: string;
  description: FileDescription;
  thumbnail: JsonObject | undefined;
  to: Delivered;
}): JsonObject {
  const { file, url, to } = sent;
  const { msgtype, thumbnail: _, ...facts } = sent.description;
  const filename = file.name || t('attach.pasted');
  const said = to.caption ?? { body: filename, html: undefined, userIds: [], everybody: false };
  return {
    ...newMessage(said, to.relation(), msgtype),
    filename,
    url,
    info: {
      mimetype: typeOf(file),
      size: file.size,
      ...facts,
      ...sent.thumbnail,
    },
  };
}
