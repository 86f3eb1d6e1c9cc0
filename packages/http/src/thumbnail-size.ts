import { invalidParam, MatrixError, type ThumbnailSize } from '@causeway/homeserver';
import type { HttpRequest } from './route.ts';

const MAX_SIDE = 10_000;

/** The size that a query asks for; `scale` when it names no method. @throws M_MISSING_PARAM, M_INVALID_PARAM */
export const thumbnailSize = ({ query }: HttpRequest): ThumbnailSize => {
  const side = (name: string): number => {
    const text = query.get(name);
    if (text === null) throw new MatrixError('M_MISSING_PARAM', `"${name}" is missing.`);
    const value = /^\d{1,9}$/.test(text) ? Number(text) : 0;
    if (value === 0) throw invalidParam(`"${name}" must be a number of pixels.`);
    return Math.min(value, MAX_SIDE);
  };
  const method = query.get('method') ?? 'scale';
  if (method !== 'crop' && method !== 'scale') throw invalidParam('"method" must be crop or scale.');
  return { width: side('width'), height: side('height'), method };
};
