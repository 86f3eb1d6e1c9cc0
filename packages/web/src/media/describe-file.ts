import { isSafeImageType } from './authenticated-media.ts';

/** What a browser finds out about a file before it is sent. */
export type FileDescription = {
  readonly msgtype: 'm.image' | 'm.video' | 'm.audio' | 'm.file';
  readonly w?: number;
  readonly h?: number;
  /** In milliseconds. */
  readonly duration?: number;
  readonly thumbnail?: Thumbnail;
};

export type Thumbnail = { readonly blob: Blob; readonly w: number; readonly h: number };

const THUMBNAIL = { width: 800, height: 600 };
/** Smaller pictures are their own thumbnails. */
const SMALL_BYTES = 100_000;
const MEDIA_TIMEOUT_MS = 8_000;

/** A file that is not what its type says is sent as a file. */
export async function describeFile(file: File): Promise<FileDescription> {
  try {
    if (isSafeImageType(file.type)) return await describePicture(file);
    if (file.type.startsWith('video/')) return await describeVideo(file);
    if (file.type.startsWith('audio/')) return await describeAudio(file);
  } catch {
    return { msgtype: 'm.file' };
  }
  return { msgtype: 'm.file' };
}

async function describePicture(file: File): Promise<FileDescription> {
  const bitmap = await createImageBitmap(file);
  try {
    const { width: w, height: h } = bitmap;
    const small = file.size <= SMALL_BYTES || file.type === 'image/gif' || file.type === 'image/apng';
    const thumbnail = small ? undefined : await drawThumbnail(bitmap, w, h, file.type);
    const useful = thumbnail && thumbnail.blob.size < file.size;
    return { msgtype: 'm.image', w, h, ...(useful ? { thumbnail } : {}) };
  } finally {
    bitmap.close();
  }
}

async function drawThumbnail(
  source: CanvasImageSource,
  width: number,
  height: number,
  type: string,
): Promise<Thumbnail | undefined> {
  const scale = Math.min(1, THUMBNAIL.width / width, THUMBNAIL.height / height);
  const w = Math.max(1, Math.round(width * scale));
  const h = Math.max(1, Math.round(height * scale));
  const canvas = new OffscreenCanvas(w, h);
  canvas.getContext('2d')?.drawImage(source, 0, 0, w, h);
  const opaque = type === 'image/jpeg' || type.startsWith('video/');
  const blob = await canvas.convertToBlob({ type: opaque ? 'image/jpeg' : 'image/webp', quality: 0.82 });
  return { blob, w, h };
}

async function describeVideo(file: File): Promise<FileDescription> {
  return withMedia(document.createElement('video'), file, async (video) => {
    video.currentTime = Math.min(0.1, (video.duration || 0) / 2);
    await happens(video, 'seeked');
    const { videoWidth: w, videoHeight: h } = video;
    if (!w || !h) return { msgtype: 'm.video' };
    const thumbnail = await drawThumbnail(video, w, h, file.type);
    return { msgtype: 'm.video', w, h, ...durationOf(video), ...(thumbnail ? { thumbnail } : {}) };
  });
}

const describeAudio = (file: File): Promise<FileDescription> =>
  withMedia(document.createElement('audio'), file, async (audio) => ({
    msgtype: 'm.audio',
    ...durationOf(audio),
  }));

async function withMedia<Media extends HTMLMediaElement>(
  media: Media,
  file: File,
  read: (media: Media) => Promise<FileDescription>,
): Promise<FileDescription> {
  const address = URL.createObjectURL(file);
  media.muted = true;
  media.preload = 'auto';
  media.src = address;
  try {
    await happens(media, 'loadeddata');
    return await read(media);
  } finally {
    media.removeAttribute('src');
    media.load();
    URL.revokeObjectURL(address);
  }
}

const durationOf = ({ duration }: HTMLMediaElement) =>
  Number.isFinite(duration) ? { duration: Math.round(duration * 1000) } : {};

function happens(media: HTMLMediaElement, event: 'loadeddata' | 'seeked'): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = () => reject(new Error('This file cannot be played here.'));
    const timer = setTimeout(fail, MEDIA_TIMEOUT_MS);
    const ended = new AbortController();
    const end = (then: () => void) => () => {
      clearTimeout(timer);
      ended.abort();
      then();
    };
    media.addEventListener(event, end(resolve), { signal: ended.signal });
    media.addEventListener('error', end(fail), { signal: ended.signal });
  });
}
