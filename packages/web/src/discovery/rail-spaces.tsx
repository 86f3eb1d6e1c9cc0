import { Plus } from 'lucide-react';
import { IconButton } from '../controls/icon-button.tsx';
import { openDialog } from '../frame/dialogs.ts';
import { useObservable } from '../frame/observable.ts';
import { type Stop, useOneTabStop } from '../frame/one-tab-stop.ts';
import { formatRoute, useRoute } from '../frame/route.ts';
import { t } from '../i18n/translate.ts';
import { useImage } from '../media/authenticated-media.ts';
import type { RoomSummary } from '../rooms/room-summaries.ts';
import { useWorkspace } from '../session/workspace-session.ts';

/** The spaces one is in, one below the other, and a way to make one. */
export function RailSpaces() {
  const { rooms } = useWorkspace();
  const spaces = useObservable(rooms).filter(
    ({ kind, membership }) => kind === 'space' && membership === 'join',
  );
  const route = useRoute();
  const current = route.screen === 'room' ? route.roomId : undefined;
  const ids = spaces.map(({ id }) => id);
  const { list, stopOf } = useOneTabStop(ids, current);
  return (
    <div className="flex min-h-0 flex-col items-center gap-2 overflow-y-auto px-2 py-1">
      {spaces.length > 0 ? (
        <ul aria-label={t('list.spaces')} className="flex flex-col gap-2" {...list}>
          {spaces.map((space) => (
            <SpaceLink key={space.id} space={space} current={space.id === current} stop={stopOf(space.id)} />
          ))}
        </ul>
      ) : null}
      <IconButton
        label={t('space.new')}
        side="right"
        className="text-rail-ink hover:bg-white/10 hover:text-white focus-visible:outline-white"
        onClick={() => openDialog({ kind: 'create-space' })}
      >
        <Plus className="size-5" />
      </IconButton>
    </div>
  );
}

type SpaceLinkProps = {
  space: RoomSummary;
  current: boolean;
  stop: Stop;
};

function SpaceLink({ space, current, stop }: SpaceLinkProps) {
  const { client } = useWorkspace();
  const avatar = client.getRoom(space.id)?.getMxcAvatarUrl() ?? undefined;
  const image = useImage(avatar, { width: 96, height: 96, method: 'crop' });
  return (
    <li>
      <a
        {...stop}
        href={formatRoute({ screen: 'room', roomId: space.id })}
        title={space.name}
        aria-label={space.name}
        aria-current={current ? 'page' : undefined}
        className="flex size-10 items-center justify-center overflow-hidden rounded-xl bg-white/10 font-semibold text-white outline-offset-2 hover:bg-white/20 focus-visible:outline-2 focus-visible:outline-white aria-[current=page]:bg-white/25 aria-[current=page]:ring-2 aria-[current=page]:ring-white"
      >
        {avatar && image.state === 'ready' ? (
          <img src={image.address} alt="" className="size-full object-cover" />
        ) : (
          ([...space.name][0]?.toUpperCase() ?? '')
        )}
      </a>
    </li>
  );
}
