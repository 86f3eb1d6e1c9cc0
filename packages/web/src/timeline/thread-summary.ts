import type { TimelineEvent } from './timeline-event.ts';

/** A thread as its root shows it. */
export type ThreadSummary = {
  readonly count: number;
  readonly latestSender: string;
  readonly latestTs: number;
};

/** The threads of a room by their root: what the server had counted, and what came since. */
export function summariseThreads(events: readonly TimelineEvent[]): Map<string, ThreadSummary> {
  const replies = new Map<string, TimelineEvent[]>();
  for (const event of events) {
    const { threadRoot } = event;
    if (!threadRoot || event.redactedBy || event.send.state === 'failed') continue;
    const list = replies.get(threadRoot);
    if (list) list.push(event);
    else replies.set(threadRoot, [event]);
  }
  const summaries = new Map<string, ThreadSummary>();
  for (const event of events) {
    const summary = summarise(event, replies.get(event.id) ?? []);
    if (summary) summaries.set(event.id, summary);
  }
  return summaries;
}

function summarise(
  { bundledThread }: TimelineEvent,
  replies: readonly TimelineEvent[],
): ThreadSummary | undefined {
  const latest = bundledThread?.latest;
  const at = replies.findIndex((reply) => reply.id === latest?.id);
  const since =
    at >= 0 ? replies.slice(at + 1) : latest ? replies.filter((reply) => reply.ts > latest.ts) : replies;
  const newest = since.at(-1) ?? latest ?? replies.at(-1);
  const count = Math.max((bundledThread?.count ?? 0) + since.length, replies.length);
  if (!newest || count === 0) return undefined;
  return { count, latestSender: newest.sender, latestTs: newest.ts };
}
