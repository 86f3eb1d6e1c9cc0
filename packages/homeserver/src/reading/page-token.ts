/**
 * Tokens of `/messages`, `/context` and `/relations`: a place between two events of a room's timeline.
 * A token `p7` stands just below position 7: going backwards shows what is before it, going forwards what is
 * at or after it. A sync token is accepted as well and means the end of what that sync showed.
 */
import { invalidParam } from '../matrix-error.ts';
import { TIMELINE_STRIDE } from '../store/schema.ts';
import { parseSyncToken } from '../sync/sync-token.ts';

/** The token of a place in a timeline, `p7` for position 7. */
export const formatPageToken = (position: number): string => `p${position}`;

/** The position of a token; that of a sync stands for the end of what it showed. @throws M_INVALID_PARAM */
export const parsePageToken = (text: string): number => {
  const match = /^p(-?\d{1,16})$/.exec(text);
  if (match !== null) return Number(match[1]);
  if (text.startsWith('s')) return afterStream(parseSyncToken(text).stream);
  throw invalidParam(`"${text.slice(0, 100)}" is not a token of this server`);
};

/** The place after everything that was live up to a stream position. */
export const afterStream = (stream: number): number => stream * TIMELINE_STRIDE + 1;
