import { Hash, LoaderCircle, Search } from 'lucide-react';
import { type FormEvent, type ReactNode, useState } from 'react';
import { Button } from '../controls/button.tsx';
import { INPUT_STYLE } from '../controls/field.tsx';
import { Notice } from '../controls/notice.tsx';
import { matchScore } from '../frame/match-score.ts';
import { useObservable } from '../frame/observable.ts';
import { formatRoute, goTo } from '../frame/route.ts';
import { Screen } from '../frame/screen.tsx';
import { say } from '../frame/say.ts';
import { formatDay, formatTime } from '../i18n/dates.ts';
import { t } from '../i18n/translate.ts';
import { Avatar } from '../people/avatar.tsx';
import { openDirectMessage } from '../people/direct-message.ts';
import { OrganisationBadge } from '../people/organisation-badge.tsx';
import { usePeopleSearch } from '../people/people-search.ts';
import { personIn } from '../people/person.ts';
import { SharedMark } from '../rooms/shared-mark.tsx';
import { useFeature } from '../session/features.ts';
import { describeProblem } from '../session/problem.ts';
import { useWorkspace } from '../session/workspace-session.ts';
import { type FoundMessage, useMessageSearch } from './use-message-search.ts';

const MOST_ROOMS = 6;

/** Messages, people and rooms by words; a result leads to where it is. */
export function SearchScreen({ query }: { query: string }) {
  const [typed, setTyped] = useState(query);

  function submit(event: FormEvent) {
    event.preventDefault();
    goTo({ screen: 'search', query: typed.trim() });
  }

  return (
    <Screen title={t('search.title')}>
      <div className="flex max-w-[720px] flex-col gap-6">
        <form role="search" className="flex gap-2" onSubmit={submit}>
          <input
            type="search"
            autoFocus
            aria-label={t('search.label')}
            placeholder={t('search.placeholder')}
            value={typed}
            maxLength={200}
            onChange={(event) => setTyped(event.target.value)}
            className={`h-10 ${INPUT_STYLE}`}
          />
          <Button type="submit" icon={<Search className="size-4" aria-hidden />}>
            {t('search.go')}
          </Button>
        </form>
        {query ? (
          <>
            <Rooms query={query} />
            <People query={query} />
            <Messages query={query} />
          </>
        ) : (
          <p className="text-ink-soft">{t('search.hint')}</p>
        )}
      </div>
    </Screen>
  );
}

function Group({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section aria-label={title}>
      <h2 className="pb-2 text-sm font-medium text-ink-quiet">{title}</h2>
      {children}
    </section>
  );
}

function Rooms({ query }: { query: string }) {
  const list = useObservable(useWorkspace().rooms);
  const found = list
    .filter(({ membership, name }) => membership === 'join' && matchScore(name, query) > 1)
    .slice(0, MOST_ROOMS);
  if (found.length === 0) return null;
  return (
    <Group title={t('search.rooms')}>
      <ul>
        {found.map((room) => (
          <li key={room.id}>
            <a
              href={formatRoute({ screen: 'room', roomId: room.id })}
              className="flex h-10 items-center gap-3 rounded-lg px-2 hover:bg-hover"
            >
              <Hash className="size-4 shrink-0 text-ink-quiet" aria-hidden />
              <span dir="auto" className="truncate">
                {room.name}
              </span>
              {room.shared ? <SharedMark className="text-ink-quiet" /> : null}
            </a>
          </li>
        ))}
      </ul>
    </Group>
  );
}

function People({ query }: { query: string }) {
  const { client, serverName } = useWorkspace();
  const { people } = usePeopleSearch(query);
  if (people.length === 0) return null;
  return (
    <Group title={t('search.people')}>
      <ul>
        {people.slice(0, MOST_ROOMS).map((person) => (
          <li key={person.userId}>
            <button
              type="button"
              className="flex w-full items-center gap-3 rounded-lg px-2 py-1.5 text-start hover:bg-hover"
              onClick={() => {
                openDirectMessage(client, person.userId).then(
                  (roomId) => goTo({ screen: 'room', roomId }),
                  (problem: unknown) => say(describeProblem(problem)),
                );
              }}
            >
              <Avatar userId={person.userId} name={person.name} avatar={person.avatar} size={28} />
              <span className="min-w-0 flex-1">
                <span dir="auto" className="block truncate font-medium">
                  {person.name}
                </span>
                <span className="block truncate text-xs text-ink-soft">{person.userId}</span>
              </span>
              {person.organisation === serverName ? null : <OrganisationBadge name={person.organisation} />}
            </button>
          </li>
        ))}
      </ul>
    </Group>
  );
}

function Messages({ query }: { query: string }) {
  const searchable = useFeature('search');
  if (!searchable) return null;
  return <FoundMessages query={query} />;
}

function FoundMessages({ query }: { query: string }) {
  const { messages, highlights, count, searching, failure, more } = useMessageSearch(query);
  return (
    <Group title={t('search.messages', { count: count ?? 0 })}>
      {failure ? <Notice kind="error">{t('search.failed', { reason: failure })}</Notice> : null}
      {searching && messages.length === 0 ? (
        <p role="status" className="flex items-center gap-2 text-ink-soft">
          <LoaderCircle className="spin size-4" aria-hidden /> {t('search.searching')}
        </p>
      ) : null}
      {!searching && !failure && messages.length === 0 ? (
        <p className="text-ink-soft">{t('search.nothing')}</p>
      ) : null}
      <ul className="flex flex-col gap-px">
        {messages.map((message) => (
          <li key={message.eventId}>
            <MessageResult message={message} highlights={highlights} />
          </li>
        ))}
      </ul>
      {more ? (
        <Button variant="secondary" className="mt-3" busy={searching} onClick={more}>
          {t('discover.more')}
        </Button>
      ) : null}
    </Group>
  );
}

function MessageResult({ message, highlights }: { message: FoundMessage; highlights: readonly string[] }) {
  const { client, serverName } = useWorkspace();
  const room = client.getRoom(message.roomId);
  if (!room) return null;
  const person = personIn(room, message.sender);
  return (
    <a
      href={formatRoute({ screen: 'room', roomId: message.roomId, eventId: message.eventId })}
      className="flex items-start gap-3 rounded-lg px-2 py-2 hover:bg-hover"
    >
      <Avatar userId={person.userId} name={person.name} avatar={person.avatar} size={28} />
      <span className="min-w-0 flex-1">
        <span className="flex flex-wrap items-center gap-x-2 text-sm">
          <span dir="auto" className="font-semibold">
            {person.name}
          </span>
          {person.organisation === serverName ? null : <OrganisationBadge name={person.organisation} />}
          <span className="text-ink-quiet">
            # {room.name} · {formatDay(message.ts)} {formatTime(message.ts)}
          </span>
        </span>
        <span dir="auto" className="line-clamp-3 [overflow-wrap:anywhere]">
          <Highlighted text={message.body} words={highlights} />
        </span>
      </span>
    </a>
  );
}

/** The text, with the words that were found marked. */
function Highlighted({ text, words }: { text: string; words: readonly string[] }) {
  const escaped = words.filter(Boolean).map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  if (escaped.length === 0) return text;
  const parts = text.split(new RegExp(`(${escaped.join('|')})`, 'giu'));
  return parts.map((part, index) =>
    index % 2 === 1 ? (
      <mark key={index} className="rounded-sm bg-flash text-ink">
        {part}
      </mark>
    ) : (
      part
    ),
  );
}
