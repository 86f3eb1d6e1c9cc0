import type { MatrixClient } from 'matrix-js-sdk';
import { useEffect, useState } from 'react';
import { plainName } from '../people/plain-name.ts';
import { describeProblem } from '../session/problem.ts';
import { useWorkspace } from '../session/workspace-session.ts';

export type PublicRoom = {
  readonly id: string;
  readonly name: string | undefined;
  readonly alias: string | undefined;
  readonly topic: string | undefined;
  readonly avatar: string | undefined;
  readonly members: number;
  readonly joinRule: string;
};

const PAGE_SIZE = 20;
const SETTLE_MS = 250;

type Page = { readonly rooms: readonly PublicRoom[]; readonly next: string | undefined };
type State = Page & { readonly of: string; readonly loading: boolean; readonly failure: string };

async function fetchPage(client: MatrixClient, server: string, query: string, since?: string): Promise<Page> {
  const { chunk, next_batch: next } = await client.publicRooms({
    limit: PAGE_SIZE,
    ...(server === client.getDomain() ? {} : { server }),
    ...(query ? { filter: { generic_search_term: query } } : {}),
    ...(since ? { since } : {}),
  });
  const rooms = chunk.map((room) => ({
    id: room.room_id,
    name: room.name && plainName(room.name),
    alias: room.canonical_alias,
    topic: room.topic,
    avatar: room.avatar_url,
    members: room.num_joined_members,
    joinRule: room.join_rule ?? 'public',
  }));
  return { rooms, next };
}

/** The public rooms of a server, page by page. */
export function usePublicRooms(server: string, typed: string) {
  const { client } = useWorkspace();
  const query = typed.trim();
  const [attempt, setAttempt] = useState(0);
  const wanted = `${server} ${query} ${attempt}`;
  const [state, setState] = useState<State>({
    rooms: [],
    next: undefined,
    of: '',
    loading: true,
    failure: '',
  });

  useEffect(() => {
    let current = true;
    const timer = setTimeout(() => {
      fetchPage(client, server, query).then(
        (page) => current && setState({ ...page, of: wanted, loading: false, failure: '' }),
        (problem: unknown) =>
          current &&
          setState({
            rooms: [],
            next: undefined,
            of: wanted,
            loading: false,
            failure: describeProblem(problem),
          }),
      );
    }, SETTLE_MS);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [client, server, query, wanted]);

  async function loadMore(since: string) {
    setState((old) => ({ ...old, loading: true, failure: '' }));
    const change = (part: (old: State) => Partial<State>) =>
      setState((old) => (old.of === wanted ? { ...old, loading: false, ...part(old) } : old));
    try {
      const page = await fetchPage(client, server, query, since);
      change((old) => ({
        next: page.next,
        rooms: [...old.rooms, ...page.rooms.filter(({ id }) => old.rooms.every((one) => one.id !== id))],
      }));
    } catch (problem) {
      change(() => ({ failure: describeProblem(problem) }));
    }
  }

  const fresh = state.of === wanted;
  const next = fresh ? state.next : undefined;
  return {
    rooms: fresh ? state.rooms : [],
    loading: !fresh || state.loading,
    failure: fresh ? state.failure : '',
    retry: () => setAttempt((count) => count + 1),
    more: next === undefined ? undefined : () => void loadMore(next),
  };
}
