/** The files that are kept here. @see docs/guide/admin/rooms-and-media.md */
import {
  invalidParam,
  type ListedFile,
  listMedia,
  listMediaOfRoom,
  type MediaAddress,
  type MediaPage,
  mediaTotals,
  openKeptMedia,
  openThumbnail,
} from '@causeway/homeserver';
import { parseServerName } from '@causeway/protocol';
import { deleteFile, noteLookAtFile, purgeFileCache, quarantineFiles } from '@causeway/workspace';
import { readRoomId } from '../../client/client-route.ts';
import { mediaAnswer } from '../../client/media/media-answer.ts';
import {
  queryBoolean,
  queryChoice,
  queryInteger,
  queryString,
  requiredBoolean,
  requiredInteger,
} from '../../client/fields.ts';
import type { HttpRequest } from '../../route.ts';
import { fresh } from '../workspace-api.ts';
import { adminRoute } from './admin-route.ts';
import { faultOf } from '@causeway/workspace';

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 200;
const whole = { min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER };

/**
 * `GET /_causeway/admin/media?origin=&uploader=&kind=&quarantined=&room=&before=&limit=`: newest first. With `room`
 * the files that its events name, and no other filter.
 */
export const getMedia = adminRoute('GET', '/media', async ({ engine, request }) => {
  const room = textIn(request, 'room');
  const before = queryInteger(request, 'before', whole);
  const page = {
    ...(before === undefined ? {} : { before }),
    limit: queryInteger(request, 'limit', { min: 1, max: MAX_LIMIT }) ?? DEFAULT_LIMIT,
  };
  if (room !== undefined)
    return pageJson(await listMediaOfRoom(engine, { roomId: readRoomId(room), ...page }));
  const [origin, uploader] = [textIn(request, 'origin'), textIn(request, 'uploader')];
  const kind = queryChoice(request, 'kind', ['local', 'remote']);
  const filter = {
    ...(origin === undefined ? {} : { origin }),
    ...(uploader === undefined ? {} : { uploader }),
    ...(kind === undefined ? {} : { kind }),
    ...(queryBoolean(request, 'quarantined') ? { quarantined: true } : {}),
  };
  return pageJson(await listMedia(engine, { filter, ...page }));
});

/** A field that the page left empty is no wish. */
const textIn = (request: HttpRequest, name: string): string | undefined =>
  queryString(request, name)?.trim() || undefined;

/** `GET /_causeway/admin/media-totals`: how much is kept, and of whom. */
export const getMediaTotals = adminRoute('GET', '/media-totals', async ({ engine }) => {
  const { people, ...totals } = await mediaTotals(engine);
  return fresh({ ...totals, people: people.map(({ userId, ...sum }) => ({ user_id: userId, ...sum })) });
});

/** Large enough to see what it is. */
const PREVIEW = { width: 640, height: 640, method: 'scale' } as const;

/**
 * `GET /_causeway/admin/media/{serverName}/{mediaId}/preview`: a smaller picture of a picture that is kept here, decoded
 * as thumbnails are, in a process of its own. Looking is written down. A withdrawn file is not shown to admins either.
 */
export const getMediaPreview = adminRoute(
  'GET',
  '/media/:serverName/:mediaId/preview',
  async ({ engine, request, by }) => {
    const file = addressIn(request);
    const preview = await openThumbnail(engine, { ...file, ...PREVIEW }, () => openKeptMedia(engine, file));
    await noteLookAtFile(engine, { file, by });
    return mediaAnswer({ request }, preview);
  },
);

/** `PUT /_causeway/admin/media/{serverName}/{mediaId}/quarantine`: `{ "quarantined" }` */
export const putMediaQuarantine = adminRoute(
  'PUT',
  '/media/:serverName/:mediaId/quarantine',
  async ({ engine, request, by }) => {
    const quarantined = requiredBoolean(request.jsonObject(), 'quarantined');
    const changed = await quarantineFiles(engine, { files: [addressIn(request)], quarantined, by });
    return fresh({ quarantined, changed: changed > 0 });
  },
);

/** `DELETE /_causeway/admin/media/{serverName}/{mediaId}` */
export const removeMedia = adminRoute(
  'DELETE',
  '/media/:serverName/:mediaId',
  async ({ engine, request, by }) => {
    await deleteFile(engine, { file: addressIn(request), by });
    return fresh({});
  },
);

/** `POST /_causeway/admin/media-cache/purge`: `{ "before_ts" }`: copies that nobody opened since then. */
export const postMediaCachePurge = adminRoute(
  'POST',
  '/media-cache/purge',
  async ({ engine, request, by }) => {
    const before = requiredInteger(request.jsonObject(), 'before_ts');
    return fresh(await purgeFileCache(engine, { before, by }));
  },
);

const addressIn = (request: HttpRequest): MediaAddress => {
  const origin = parseServerName(request.param('serverName'));
  const mediaId = request.param('mediaId');
  if (origin === undefined || !/^[A-Za-z0-9_-]{1,255}$/.test(mediaId)) {
    throw invalidParam(faultOf('file-address'));
  }
  return { origin, mediaId };
};

const pageJson = ({ files, before }: MediaPage<number>) =>
  fresh({ files: files.map(fileJson), ...(before === undefined ? {} : { before }) });

const fileJson = (file: ListedFile) => ({
  origin: file.origin,
  media_id: file.mediaId,
  content_type: file.contentType,
  ...(file.uploadName === undefined ? {} : { name: file.uploadName }),
  size: file.size,
  ...(file.uploader === undefined ? {} : { uploader: file.uploader }),
  created_ts: file.createdTs,
  last_access_ts: file.lastAccessTs,
  quarantined: file.quarantined,
  events: file.events,
});
