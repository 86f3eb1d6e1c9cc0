import { isObject, RequestError, request, text } from '../session/matrix-request.ts';

/** Messages that are missing because the server that has them could not be reached. */
export type HistoryGap = {
  /** The event directly below which they stand. */
  readonly eventId: string;
  readonly serverName: string;
};

const pathOf = (roomId: string) => `/_causeway/rooms/${encodeURIComponent(roomId)}/gaps`;

export async function fetchGaps(accessToken: string, roomId: string): Promise<readonly HistoryGap[]> {
  try {
    const { gaps } = await request(pathOf(roomId), { accessToken });
    return (Array.isArray(gaps) ? gaps.filter(isObject) : []).map((gap) => ({
      eventId: text(gap.event_id) ?? '',
      serverName: text(gap.server_name) ?? '',
    }));
  } catch (problem) {
    // A server that keeps no account of gaps.
    if (problem instanceof RequestError) return [];
    throw problem;
  }
}

/** Has the server ask once more; throws with the reason when nothing came. */
export async function retryGap(accessToken: string, roomId: string, eventId: string): Promise<void> {
  await request(pathOf(roomId), { method: 'POST', accessToken, body: { event_id: eventId } });
}
