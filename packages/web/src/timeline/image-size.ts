export type Size = { readonly width: number; readonly height: number };

export const MAX_IMAGE: Size = { width: 420, height: 320 };
/** What is reserved for an image that does not say how large it is. */
const UNKNOWN: Size = { width: 320, height: 240 };

/** The size an image is drawn at: as large as it is, within what the timeline gives it. */
export function fitImage(width: unknown, height: unknown, limit: Size = MAX_IMAGE): Size {
  if (!isLength(width) || !isLength(height)) return UNKNOWN;
  const scale = Math.min(1, limit.width / width, limit.height / height);
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

const isLength = (value: unknown): value is number =>
  typeof value === 'number' && Number.isFinite(value) && value > 0;
