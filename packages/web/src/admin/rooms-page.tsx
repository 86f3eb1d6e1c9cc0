import { type FormEvent, useCallback, useState } from 'react';
import { Button } from '../controls/button.tsx';
import { Field } from '../controls/field.tsx';
import { Notice } from '../controls/notice.tsx';
import { formatRoute } from '../frame/route.ts';
import { formatMoment } from '../i18n/dates.ts';
import { t } from '../i18n/translate.ts';
import { describeProblem } from '../session/problem.ts';
import { useWorkspace } from '../session/workspace-session.ts';
import { fetchRooms, type ListedRoom, type RoomStanding, type RoomsPage as Rooms } from './rooms-api.ts';
import { Loading } from './settings-page.tsx';
import { useAnswer } from './use-answer.ts';

/** All rooms of this server, newest here first. */
export function RoomsPage() {
  const { session } = useWorkspace();
  const [search, setSearch] = useState('');
  const ask = useCallback((accessToken: string) => fetchRooms(accessToken, search), [search]);
  const { value, failure, set } = useAnswer(ask);
  const [problem, setProblem] = useState('');

  async function more() {
    if (value?.before === undefined) return;
    setProblem('');
    try {
      const next = await fetchRooms(session.accessToken, search, value.before);
      set({ ...value, rooms: [...value.rooms, ...next.rooms], before: next.before });
    } catch (thrown) {
      setProblem(describeProblem(thrown));
    }
  }

  return (
    <div className="flex flex-col gap-5">
      <SearchForm onSearch={setSearch} />
      {problem || failure ? <Notice kind="error">{problem || failure}</Notice> : null}
      {value ? <RoomLists value={value} /> : failure ? null : <Loading />}
      {value?.before === undefined ? null : (
        <Button variant="secondary" small className="self-start" onClick={() => void more()}>
          {t('adminRooms.more')}
        </Button>
      )}
    </div>
  );
}

function SearchForm({ onSearch }: { onSearch: (term: string) => void }) {
  const [typed, setTyped] = useState('');
  function submit(event: FormEvent) {
    event.preventDefault();
    onSearch(typed.trim());
  }
  return (
    <form noValidate onSubmit={submit} role="search" className="flex flex-wrap items-end gap-3">
      <Field
        label={t('adminRooms.search')}
        value={typed}
        spellCheck={false}
        autoCapitalize="none"
        onChange={(event) => setTyped(event.target.value)}
      />
      <Button type="submit" variant="secondary">
        {t('adminRooms.find')}
      </Button>
    </form>
  );
}

function RoomLists({ value }: { value: Rooms }) {
  const gone = value.closed.filter((room) => !value.rooms.some((one) => one.roomId === room.roomId));
  return (
    <>
      {value.rooms.length === 0 ? <p className="text-ink-soft">{t('adminRooms.none')}</p> : null}
      <ul aria-label={t('adminRooms.title')} className="flex flex-col">
        {value.rooms.map((room) => (
          <RoomRow key={room.roomId} room={room} />
        ))}
      </ul>
      {gone.length === 0 ? null : (
        <section aria-label={t('adminRooms.gone')} className="flex flex-col gap-1">
          <h2 className="pb-1 font-semibold">{t('adminRooms.gone')}</h2>
          <ul className="flex flex-col">
            {gone.map((room) => (
              <li key={room.roomId} className="flex flex-wrap gap-x-3 border-t border-line py-2.5">
                <RoomLink roomId={room.roomId} name={room.roomId} />
                <span className="text-sm text-ink-soft">{standingInWords(room)}</span>
              </li>
            ))}
          </ul>
        </section>
      )}
    </>
  );
}

function RoomRow({ room }: { room: ListedRoom }) {
  const facts = [
    t('adminRooms.members', { count: room.joined }),
    t('adminRooms.servers', { count: room.servers }),
    t('adminRooms.version', { version: room.version }),
    ...(room.encrypted ? [t('adminRooms.encrypted')] : []),
    ...(room.federate ? [] : [t('adminRooms.local')]),
    standingInWords(room),
  ].filter((fact) => fact !== '');
  return (
    <li className="flex flex-col gap-0.5 border-t border-line py-2.5">
      <div className="flex flex-wrap items-baseline gap-x-3">
        <RoomLink roomId={room.roomId} name={room.name} />
        {room.newestTs === undefined ? null : (
          <span className="ms-auto text-sm text-ink-quiet tabular-nums">{formatMoment(room.newestTs)}</span>
        )}
      </div>
      <p className="text-sm text-ink-soft">{facts.join(' · ')}</p>
      {room.name === room.roomId ? null : (
        <p className="font-mono text-xs text-ink-quiet [overflow-wrap:anywhere]">{room.roomId}</p>
      )}
    </li>
  );
}

function RoomLink({ roomId, name }: { roomId: string; name: string }) {
  return (
    <a
      href={formatRoute({ screen: 'admin', section: 'rooms', about: roomId })}
      className="rounded font-medium underline-offset-2 [overflow-wrap:anywhere] hover:underline focus-visible:outline-2 focus-visible:outline-accent"
    >
      {name}
    </a>
  );
}

export const standingInWords = ({ closed, removal }: RoomStanding): string => {
  if (removal !== undefined) {
    return removal.step === 'delivering'
      ? t('adminRooms.delivering', { count: removal.waiting })
      : t('adminRooms.removing');
  }
  return closed === undefined ? '' : t('adminRooms.closed');
};
