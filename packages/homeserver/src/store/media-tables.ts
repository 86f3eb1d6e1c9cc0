/** What is kept of files; their bytes are in the BlobStore. */
import { defineTable } from './table.ts';

/** Local and cached remote media; the bytes are in the BlobStore under `blob_key`. */
export const media = defineTable({
  name: 'media',
  columns: {
    origin: 'text',
    media_id: 'text',
    blob_key: 'text',
    content_type: 'text',
    upload_name: 'text?',
    size: 'integer',
    uploader: 'text?',
    created_ts: 'integer',
    last_access_ts: 'integer',
  },
  key: ['origin', 'media_id'],
  indexes: {
    by_time: { columns: ['created_ts'] },
    by_origin: { columns: ['origin', 'created_ts'] },
  },
});

/** The events of local people that name a file of this server. */
export const fileEvents = defineTable({
  name: 'file_events',
  columns: { media_id: 'text', event_nid: 'integer' },
  key: ['media_id', 'event_nid'],
});

/** Thumbnails that were made, of local and remote pictures. */
export const thumbnails = defineTable({
  name: 'thumbnails',
  columns: {
    origin: 'text',
    media_id: 'text',
    width: 'integer',
    height: 'integer',
    /** 'crop' | 'scale'. */
    method: 'text',
    blob_key: 'text',
    content_type: 'text',
  },
  key: ['origin', 'media_id', 'width', 'height', 'method'],
});

/** The tables of files. */
export const mediaTables = [media, fileEvents, thumbnails] as const;
