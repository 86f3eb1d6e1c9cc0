import type { MatrixClient } from 'matrix-js-sdk';
import { useEffect, useState } from 'react';
import { useWorkspace } from '../session/workspace-session.ts';
import { localpartOf, serverNameOf } from './organisation.ts';
import type { Person } from './person.ts';
import { plainName } from './plain-name.ts';
import { personByWholeId } from './typed-person.ts';

const SETTLE_MS = 180;
const LIMIT = 12;

export type SearchState = {
  readonly query: string;
  readonly people: readonly Person[];
  readonly failed: boolean;
};

/** People of this organisation, and those one shares a room with, by a few letters; or anybody by the whole ID. */
export function usePeopleSearch(query: string): SearchState & { readonly searching: boolean } {
  const { client } = useWorkspace();
  const term = query.trim();
  const [result, setResult] = useState<SearchState>({ query: '', people: [], failed: false });

  useEffect(() => {
    if (!term) return;
    let current = true;
    const timer = setTimeout(() => {
      search(client, term).then(
        (people) => current && setResult({ query: term, people, failed: false }),
        () => current && setResult({ query: term, people: exactly(term), failed: true }),
      );
    }, SETTLE_MS);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [client, term]);

  if (!term) return { query: '', people: [], failed: false, searching: false };
  return { ...result, searching: result.query !== term };
}

async function search(client: MatrixClient, term: string): Promise<Person[]> {
  const { results } = await client.searchUserDirectory({ term, limit: LIMIT });
  const found = results
    .filter((entry) => entry.user_id !== client.getUserId())
    .map((entry) => ({
      userId: entry.user_id,
      name: plainName(entry.display_name ?? '') || localpartOf(entry.user_id),
      avatar: entry.avatar_url,
      organisation: serverNameOf(entry.user_id),
      ambiguous: false,
    }));
  const given = exactly(term).filter((person) => found.every((one) => one.userId !== person.userId));
  return [...found, ...(await Promise.all(given.map((person) => withProfile(client, person))))];
}

/** Somebody whom one has nothing in common with yet, by the name and picture that their server tells. */
async function withProfile(client: MatrixClient, person: Person): Promise<Person> {
  try {
    const { displayname, avatar_url: avatar } = await client.getProfileInfo(person.userId);
    return { ...person, name: plainName(displayname ?? '') || person.name, avatar };
  } catch {
    // Whether there is such a person is asked again, and said in words, when they are chosen.
    return person;
  }
}

function exactly(term: string): Person[] {
  const person = personByWholeId(term);
  return person ? [person] : [];
}
