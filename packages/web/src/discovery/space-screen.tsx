import { Hash, Layers, X } from 'lucide-react';
import { EventType, type HierarchyRoom, type Room, RoomType } from 'matrix-js-sdk';
import { useCallback, useEffect, useState } from 'react';
import { Button } from '../controls/button.tsx';
import { IconButton } from '../controls/icon-button.tsx';
import { Notice } from '../controls/notice.tsx';
import { SelectField } from '../controls/select-field.tsx';
import { useObservable } from '../frame/observable.ts';
import { goTo } from '../frame/route.ts';
import { Screen } from '../frame/screen.tsx';
import { t } from '../i18n/translate.ts';
import { plainName } from '../people/plain-name.ts';
import { RoomPicture } from '../rooms/room-picture.tsx';
import { serversToAsk } from '../rooms/servers-to-ask.ts';
import { describeProblem } from '../session/problem.ts';
import { useWorkspace } from '../session/workspace-session.ts';

const PAGE_SIZE = 50;

/** The rooms of a space: to open, to join, and, for who may, to add. */
export function SpaceScreen({ space, name }: { space: Room; name: string }) {
  const { client } = useWorkspace();
  const [children, setChildren] = useState<readonly HierarchyRoom[]>();
  const [next, setNext] = useState<string>();
  const [failure, setFailure] = useState('');
  const mayAdd = space.currentState.maySendStateEvent(EventType.SpaceChild, client.getSafeUserId());

  const load = useCallback(
    async (from?: string) => {
      setFailure('');
      try {
        const page = await client.getRoomHierarchy(space.roomId, PAGE_SIZE, 1, false, from);
        const found = page.rooms.filter((room) => room.room_id !== space.roomId);
        setChildren((old) => (from ? [...(old ?? []), ...found] : found));
        setNext(page.next_batch);
      } catch (problem) {
        setFailure(describeProblem(problem));
      }
    },
    [client, space],
  );
  useEffect(() => void load(), [load]);

  return (
    <Screen title={name}>
      <div className="flex max-w-[720px] flex-col gap-5">
        {mayAdd ? (
          <AddRoom
            space={space}
            there={children?.map((room) => room.room_id) ?? []}
            onAdded={() => void load()}
          />
        ) : null}
        {failure ? (
          <Notice
            kind="error"
            action={
              <Button variant="secondary" small onClick={() => void load()}>
                {t('app.retry')}
              </Button>
            }
          >
            {t('space.failed', { reason: failure })}
          </Notice>
        ) : null}
        {!children && !failure ? (
          <div role="status" aria-label={t('discover.loading')} className="flex flex-col gap-3">
            <div className="skeleton h-10" />
            <div className="skeleton h-10" />
          </div>
        ) : null}
        {children?.length === 0 ? <p className="text-ink-soft">{t('space.empty')}</p> : null}
        <ul aria-label={t('space.rooms')} className="flex flex-col gap-px">
          {children?.map((room) => (
            <ChildRow
              key={room.room_id}
              room={room}
              space={space}
              {...(mayAdd ? { onRemoved: () => void load() } : {})}
            />
          ))}
        </ul>
        {next ? (
          <Button variant="secondary" className="self-start" onClick={() => void load(next)}>
            {t('discover.more')}
          </Button>
        ) : null}
      </div>
    </Screen>
  );
}

type ChildRowProps = { room: HierarchyRoom; space: Room; onRemoved?: () => void };

function ChildRow({ room, space, onRemoved }: ChildRowProps) {
  const { client, rooms } = useWorkspace();
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState('');
  const joined = useObservable(rooms).some(
    ({ id, membership }) => id === room.room_id && membership === 'join',
  );
  const ask = room.join_rule === 'knock';
  const name = plainName(room.name ?? '') || room.canonical_alias || room.room_id;
  const via: unknown = space.currentState
    .getStateEvents(EventType.SpaceChild, room.room_id)
    ?.getContent().via;
  const Icon = room.room_type === RoomType.Space ? Layers : Hash;

  async function remove() {
    setBusy(true);
    setFailure('');
    try {
      // A child without servers to ask is none: https://spec.matrix.org/v1.19/client-server-api/#mspacechild
      await client.sendStateEvent(space.roomId, EventType.SpaceChild, {}, room.room_id);
      onRemoved?.();
    } catch (problem) {
      setFailure(describeProblem(problem));
    }
    setBusy(false);
  }

  return (
    <li className="flex items-center gap-3 rounded-lg px-2 py-2.5 hover:bg-hover">
      <RoomPicture avatar={room.avatar_url} fallback={<Icon className="size-4" aria-hidden />} />
      <div className="min-w-0 flex-1">
        <p dir="auto" className="truncate font-medium">
          {name}
        </p>
        <p className="truncate text-xs text-ink-quiet">
          {t('room.members', { count: room.num_joined_members })}
        </p>
        {failure ? <p className="text-sm text-danger">{t('settings.failed', { reason: failure })}</p> : null}
      </div>
      <Button
        variant="secondary"
        small
        onClick={() =>
          goTo(
            joined
              ? { screen: 'room', roomId: room.room_id }
              : {
                  screen: 'join',
                  address: room.room_id,
                  via: Array.isArray(via) ? via.filter((one): one is string => typeof one === 'string') : [],
                  ask,
                },
          )
        }
      >
        {t(joined ? 'join.open' : ask ? 'join.ask' : 'join.join')}
      </Button>
      {onRemoved ? (
        <IconButton label={t('space.remove', { name })} disabled={busy} onClick={() => void remove()}>
          <X className="size-4" />
        </IconButton>
      ) : null}
    </li>
  );
}

type AddRoomProps = { space: Room; there: readonly string[]; onAdded: () => void };

function AddRoom({ space, there, onAdded }: AddRoomProps) {
  const { client, rooms, serverName } = useWorkspace();
  const [chosen, setChosen] = useState('');
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState('');
  const offered = useObservable(rooms).filter(
    ({ id, kind, membership }) => kind === 'channel' && membership === 'join' && !there.includes(id),
  );
  if (offered.length === 0) return null;

  async function add() {
    setBusy(true);
    setFailure('');
    try {
      const room = client.getRoom(chosen);
      const via = room ? serversToAsk(room, serverName) : [serverName];
      await client.sendStateEvent(space.roomId, EventType.SpaceChild, { via }, chosen);
      setChosen('');
      onAdded();
    } catch (problem) {
      setFailure(describeProblem(problem));
    }
    setBusy(false);
  }

  return (
    <div className="flex flex-col gap-2">
      <div className="flex flex-wrap items-end gap-2">
        <div className="min-w-[220px] flex-1">
          <SelectField
            label={t('space.add')}
            value={chosen}
            onChoose={setChosen}
            options={[
              { value: '', label: t('space.choose') },
              ...offered.map(({ id, name }) => ({ value: id, label: name })),
            ]}
          />
        </div>
        <Button variant="secondary" busy={busy} disabled={!chosen} onClick={() => void add()}>
          {t('space.addButton')}
        </Button>
      </div>
      {failure ? <Notice kind="error">{t('settings.failed', { reason: failure })}</Notice> : null}
    </div>
  );
}
