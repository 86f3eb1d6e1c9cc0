import { isObject, text } from '../session/matrix-request.ts';

const STORAGE_KEY = 'causeway.drafts';
const MAX_KEPT = 200;

/** Where something is being written: a room, or a thread in it. */
export const placeOf = (roomId: string, threadId?: string): string =>
  threadId ? `${roomId} ${threadId}` : roomId;

/** What a person was writing in each place; kept in this browser, also when the page is left. */
export function draftOf(userId: string, place: string): string {
  return text(read(userId)[place]) ?? '';
}

export function keepDraft(userId: string, place: string, words: string): void {
  const { [place]: _, ...others } = read(userId);
  const kept = Object.entries(words ? { ...others, [place]: words } : others).slice(-MAX_KEPT);
  try {
    localStorage.setItem(`${STORAGE_KEY}.${userId}`, JSON.stringify(Object.fromEntries(kept)));
  } catch {
    // A full storage keeps nobody from writing.
  }
}

/** Whoever uses this browser next does not find what was being written. */
export const forgetDrafts = (userId: string): void => localStorage.removeItem(`${STORAGE_KEY}.${userId}`);

function read(userId: string): { readonly [place: string]: unknown } {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(`${STORAGE_KEY}.${userId}`) ?? '{}');
    return isObject(stored) ? stored : {};
  } catch {
    return {};
  }
}
