import { Hash, Search } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { Button } from '../controls/button.tsx';
import { Field, INPUT_STYLE } from '../controls/field.tsx';
import { Notice } from '../controls/notice.tsx';
import { useObservable } from '../frame/observable.ts';
import { goTo } from '../frame/route.ts';
import { Screen } from '../frame/screen.tsx';
import { t } from '../i18n/translate.ts';
import { ImitationMark } from '../people/imitation-mark.tsx';
import { serverNameOf } from '../people/organisation.ts';
import { RoomPicture } from '../rooms/room-picture.tsx';
import { federationRefusal } from '../session/federation-access.ts';
import { useWorkspace } from '../session/workspace-session.ts';
import { parseRoomAddress } from './room-address.ts';
import { type PublicRoom, usePublicRooms } from './use-public-rooms.ts';

const SERVER_NAME = /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?$/i;

/** Rooms one may join by oneself: by address, from the directory here, or from that of another organisation. */
export function DiscoverScreen() {
  return (
    <Screen title={t('discover.title')}>
      <div className="flex max-w-[720px] flex-col gap-8">
        <JoinByAddress />
        <Directory />
      </div>
    </Screen>
  );
}

function JoinByAddress() {
  const [typed, setTyped] = useState('');
  const [fault, setFault] = useState('');

  function submit(event: FormEvent) {
    event.preventDefault();
    const parsed = parseRoomAddress(typed);
    setFault(parsed ? '' : t('discover.addressFault'));
    if (parsed) goTo({ screen: 'join', ...parsed, ask: false });
  }

  return (
    <form className="flex flex-wrap items-start gap-2" onSubmit={submit} noValidate>
      <div className="min-w-[240px] flex-1">
        <Field
          label={t('discover.address')}
          hint={t('discover.addressHint')}
          placeholder="#partners:example.org"
          autoCapitalize="none"
          autoCorrect="off"
          spellCheck={false}
          value={typed}
          error={fault}
          onChange={(event) => setTyped(event.target.value)}
        />
      </div>
      <Button type="submit" variant="secondary" className="mt-[26px]">
        {t('discover.go')}
      </Button>
    </form>
  );
}

function Directory() {
  const { client, serverName, info, me, rooms } = useWorkspace();
  const refusal = federationRefusal(info, useObservable(me));
  const joined = useObservable(rooms);
  const [server, setServer] = useState(serverName);
  const [typedServer, setTypedServer] = useState('');
  const [fault, setFault] = useState('');
  const [query, setQuery] = useState('');
  const directory = usePublicRooms(server, query);
  const others = [
    ...new Set(
      joined.flatMap(
        ({ id }) =>
          client
            .getRoom(id)
            ?.getMembers()
            .map(({ userId }) => serverNameOf(userId)) ?? [],
      ),
    ),
  ]
    .filter((name) => name && name !== serverName)
    .sort();

  function goToServer(event: FormEvent) {
    event.preventDefault();
    const wanted = typedServer.trim().toLowerCase();
    const good = SERVER_NAME.test(wanted) && wanted.length <= 255;
    setFault(good ? '' : t('discover.serverFault'));
    if (good) setServer(wanted);
  }

  return (
    <section aria-labelledby="directory-title" className="flex flex-col gap-3">
      <h2 id="directory-title" className="font-semibold">
        {t('discover.directory', { organisation: server })}
      </h2>
      <div role="group" aria-label={t('discover.server')} className="flex flex-wrap items-center gap-2">
        {[serverName, ...(refusal ? [] : [...new Set([...others, server])])]
          .filter((name, at, all) => all.indexOf(name) === at)
          .map((name) => (
            <button
              key={name}
              type="button"
              aria-pressed={name === server}
              onClick={() => setServer(name)}
              className="h-8 max-w-full truncate rounded-full border border-line px-3 text-sm text-ink-soft hover:bg-hover aria-pressed:border-accent aria-pressed:bg-accent-wash aria-pressed:text-ink"
            >
              {name === serverName ? t('discover.own', { organisation: name }) : name}
            </button>
          ))}
      </div>
      {refusal ? (
        <p className="text-sm text-ink-quiet">{refusal}</p>
      ) : (
        <form className="flex flex-wrap items-start gap-2" onSubmit={goToServer} noValidate>
          <div className="min-w-[220px] flex-1">
            <Field
              label={t('discover.otherServer')}
              placeholder="example.org"
              autoCapitalize="none"
              autoCorrect="off"
              spellCheck={false}
              value={typedServer}
              error={fault}
              onChange={(event) => setTypedServer(event.target.value)}
            />
          </div>
          <Button type="submit" variant="secondary" className="mt-[26px]">
            {t('discover.show')}
          </Button>
        </form>
      )}
      <div className="relative">
        <Search className="pointer-events-none absolute start-3 top-3 size-4 text-ink-quiet" aria-hidden />
        <input
          type="search"
          aria-label={t('discover.search')}
          placeholder={t('discover.search')}
          value={query}
          maxLength={200}
          onChange={(event) => setQuery(event.target.value)}
          className={`h-10 ${INPUT_STYLE} ps-9`}
        />
      </div>
      {directory.failure ? (
        <Notice
          kind="error"
          action={
            <Button variant="secondary" small onClick={directory.retry}>
              {t('app.retry')}
            </Button>
          }
        >
          {t('discover.failed', { organisation: server, reason: directory.failure })}
        </Notice>
      ) : null}
      {directory.loading && directory.rooms.length === 0 ? <ListSkeleton /> : null}
      {!directory.loading && !directory.failure && directory.rooms.length === 0 ? (
        <p className="py-4 text-ink-soft">
          {query.trim()
            ? t('discover.nothing')
            : server === serverName
              ? t('discover.emptyOwn')
              : t('discover.empty', { organisation: server })}
        </p>
      ) : null}
      <ul aria-label={t('discover.rooms')} className="flex flex-col gap-px">
        {directory.rooms.map((room) => (
          <PublicRoomRow
            key={room.id}
            room={room}
            server={server}
            joined={joined.some(({ id, membership }) => id === room.id && membership === 'join')}
          />
        ))}
      </ul>
      {directory.more ? (
        <Button variant="secondary" className="self-start" busy={directory.loading} onClick={directory.more}>
          {t('discover.more')}
        </Button>
      ) : null}
    </section>
  );
}

function PublicRoomRow({ room, server, joined }: { room: PublicRoom; server: string; joined: boolean }) {
  const ask = room.joinRule === 'knock' || room.joinRule === 'knock_restricted';
  const name = room.name || room.alias || room.id;
  return (
    <li className="flex items-center gap-3 rounded-lg px-2 py-2.5 hover:bg-hover">
      <RoomPicture avatar={room.avatar} fallback={<Hash className="size-4" aria-hidden />} />
      <div className="min-w-0 flex-1">
        <p dir="auto" className="truncate font-medium" title={name}>
          {name}
        </p>
        <p className="truncate text-xs text-ink-quiet">
          {[room.alias, t('room.members', { count: room.members })].filter(Boolean).join(' · ')}
        </p>
        <ImitationMark withText name={name} />
        {room.topic ? (
          <p dir="auto" className="line-clamp-2 text-sm text-ink-soft [overflow-wrap:anywhere]">
            {room.topic}
          </p>
        ) : null}
      </div>
      <Button
        variant="secondary"
        small
        onClick={() =>
          goTo(
            joined
              ? { screen: 'room', roomId: room.id }
              : { screen: 'join', address: room.alias ?? room.id, via: [server], ask },
          )
        }
      >
        {t(joined ? 'join.open' : ask ? 'join.ask' : 'join.join')}
      </Button>
    </li>
  );
}

function ListSkeleton() {
  return (
    <div role="status" aria-label={t('discover.loading')} className="flex flex-col gap-4 py-2">
      {[0, 1, 2].map((row) => (
        <div key={row} className="flex gap-3 px-2">
          <div className="skeleton size-9" />
          <div className="flex flex-1 flex-col gap-2">
            <div className="skeleton h-3 w-32" />
            <div className="skeleton h-3 w-56" />
          </div>
        </div>
      ))}
    </div>
  );
}
