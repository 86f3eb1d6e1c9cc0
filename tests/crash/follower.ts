/** Somebody who syncs from the first message to the last, through every crash, with the tokens they were given. */
import { setTimeout as wait } from 'node:timers/promises';
import { type Client, type ClientEvent, type JsonBody, roomPath } from './client.ts';

const LONG_POLL_MS = 1_000;
const RETRY_PAUSE_MS = 20;
const GAP_PAGE = 500;
const FILTER = JSON.stringify({ room: { timeline: { limit: 200 } } });

type Timeline = {
  readonly events?: readonly ClientEvent[];
  readonly limited?: boolean;
  readonly prev_batch?: string;
};

export interface Follower {
  /** Syncs until nothing is new, then ends; returns every message in the order it was shown. */
  finish(): Promise<readonly ClientEvent[]>;
  /** How often a sync left a gap that was read from the history. */
  readonly gaps: number;
}

export const startFollower = (client: Client, roomId: string): Follower => {
  const seen: ClientEvent[] = [];
  let since: string | undefined;
  let finishing = false;
  let gaps = 0;

  const follow = async (): Promise<void> => {
    for (;;) {
      const last = finishing;
      const timeline = await step(last ? 0 : LONG_POLL_MS);
      if (timeline === 'broken') {
        if (last) throw new Error(`${client.userId} could not sync at the end`);
        await wait(RETRY_PAUSE_MS);
      } else if (last && timeline === undefined) return;
    }
  };

  /** One sync. Its token is kept only when all it stands for was read. */
  const step = async (timeout: number): Promise<Timeline | undefined | 'broken'> => {
    const query = `v3/sync?timeout=${timeout}&filter=${encodeURIComponent(FILTER)}`;
    const answer = await client.request('GET', since === undefined ? query : `${query}&since=${since}`);
    if (answer.kind === 'broken' || answer.status === 503) return 'broken';
    if (answer.status !== 200) {
      throw new Error(`sync was answered with ${answer.status} ${JSON.stringify(answer.body)}`);
    }
    const timeline = timelineOf(answer.body, roomId);
    const gap = timeline?.limited === true && since !== undefined ? await readGap(timeline, since) : [];
    if (gap === 'broken') return 'broken';
    seen.push(...gap, ...(timeline?.events ?? []));
    since = String(answer.body.next_batch);
    return timeline;
  };

  /** What a sync left out between its token and its first event. */
  const readGap = async (timeline: Timeline, to: string): Promise<readonly ClientEvent[] | 'broken'> => {
    const found: ClientEvent[] = [];
    for (let from = timeline.prev_batch; from !== undefined; ) {
      const query = `messages?dir=b&from=${from}&to=${to}&limit=${GAP_PAGE}`;
      const answer = await client.request('GET', roomPath(roomId, query));
      if (answer.kind === 'broken' || answer.status !== 200) return 'broken';
      found.push(...(answer.body.chunk as readonly ClientEvent[]));
      from = answer.body.end as string | undefined;
    }
    gaps += 1;
    return found.reverse();
  };

  const following = follow();
  // It is awaited at the end; until then a fault waits there.
  following.catch(() => undefined);
  return {
    async finish() {
      finishing = true;
      await following;
      return seen.filter((event) => event.type === 'm.room.message');
    },
    get gaps() {
      return gaps;
    },
  };
};

const timelineOf = (body: JsonBody, roomId: string): Timeline | undefined => {
  const rooms = body.rooms as { join?: { [id: string]: { timeline?: Timeline } } } | undefined;
  return rooms?.join?.[roomId]?.timeline;
};
