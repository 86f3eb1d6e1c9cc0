import { type MatrixClient, SearchOrderBy } from 'matrix-js-sdk';
import { useEffect, useState } from 'react';
import { text } from '../session/matrix-request.ts';
import { describeProblem } from '../session/problem.ts';
import { useWorkspace } from '../session/workspace-session.ts';
import { readEvent } from '../timeline/quoted-message.tsx';

export type FoundMessage = {
  readonly eventId: string;
  readonly roomId: string;
  readonly sender: string;
  readonly ts: number;
  readonly body: string;
};

type Found = {
  readonly messages: readonly FoundMessage[];
  readonly highlights: readonly string[];
  readonly count: number | undefined;
  readonly next: string | undefined;
};

type State = Found & { readonly of: string; readonly searching: boolean; readonly failure: string };

const NOTHING: Found = { messages: [], highlights: [], count: undefined, next: undefined };

/** https://spec.matrix.org/latest/client-server-api/#post_matrixclientv3search */
async function search(client: MatrixClient, query: string, since?: string): Promise<Found> {
  const answer = await client.search({
    body: { search_categories: { room_events: { search_term: query, order_by: SearchOrderBy.Recent } } },
    ...(since ? { next_batch: since } : {}),
  });
  const found = answer.search_categories.room_events;
  const messages = (found.results ?? []).flatMap(({ result }): FoundMessage[] => {
    const event = readEvent(result);
    const body = event === 'missing' ? undefined : text(event.content.body);
    if (body === undefined || !result.event_id || !result.room_id) return [];
    return [
      {
        eventId: result.event_id,
        roomId: result.room_id,
        sender: result.sender,
        ts: result.origin_server_ts,
        body,
      },
    ];
  });
  return { messages, highlights: found.highlights ?? [query], count: found.count, next: found.next_batch };
}

/** The messages with these words, newest first, page by page. */
export function useMessageSearch(query: string) {
  const { client } = useWorkspace();
  const [state, setState] = useState<State>({ ...NOTHING, of: '', searching: true, failure: '' });

  useEffect(() => {
    let current = true;
    search(client, query).then(
      (found) => current && setState({ ...found, of: query, searching: false, failure: '' }),
      (problem: unknown) =>
        current && setState({ ...NOTHING, of: query, searching: false, failure: describeProblem(problem) }),
    );
    return () => {
      current = false;
    };
  }, [client, query]);

  async function loadMore(since: string) {
    setState((old) => ({ ...old, searching: true, failure: '' }));
    const change = (part: (old: State) => Partial<State>) =>
      setState((old) => (old.of === query ? { ...old, searching: false, ...part(old) } : old));
    try {
      const found = await search(client, query, since);
      change((old) => ({ ...found, messages: [...old.messages, ...found.messages] }));
    } catch (problem) {
      change(() => ({ failure: describeProblem(problem) }));
    }
  }

  const fresh = state.of === query ? state : { ...NOTHING, of: query, searching: true, failure: '' };
  const { next } = fresh;
  return { ...fresh, more: next === undefined ? undefined : () => void loadMore(next) };
}
