import { UserPlus } from 'lucide-react';
import type { Room } from 'matrix-js-sdk';
import { Button } from '../controls/button.tsx';
import { openDialog } from '../frame/dialogs.ts';
import { useObservable } from '../frame/observable.ts';
import { t } from '../i18n/translate.ts';
import { serverNameOf } from '../people/organisation.ts';
import { RoomRetention } from './room-retention.tsx';
import { useWorkspace } from '../session/workspace-session.ts';

/** What this place is for, at the top of it. */
export function RoomBeginning({ room }: { room: Room }) {
  const workspace = useWorkspace();
  const summary = useObservable(workspace.rooms).find((one) => one.id === room.roomId);
  if (!summary) return <div className="h-4" />;
  const direct = summary.kind === 'direct' && summary.peer;
  const explanation = direct
    ? t('room.beginningDirect', { name: summary.name, organisation: serverNameOf(direct.userId) })
    : t(summary.shared ? 'room.beginningShared' : 'room.beginningLocal', { workspace: workspace.info.name });
  return (
    <div className="flex flex-col items-start gap-3 px-4 pt-10 pb-3 pane:px-6">
      <div className="flex max-w-[60ch] flex-col gap-1.5">
        <h2 className="text-xl font-semibold tracking-[-0.015em] [overflow-wrap:anywhere]">
          {direct ? summary.name : `# ${summary.name}`}
        </h2>
        <p className="text-ink-soft">{explanation}</p>
        <RoomRetention roomId={room.roomId} />
      </div>
      {!direct && room.canInvite(workspace.client.getSafeUserId()) ? (
        <Button
          variant="secondary"
          small
          icon={<UserPlus className="size-4" aria-hidden />}
          onClick={() => openDialog({ kind: 'invite', roomId: room.roomId })}
        >
          {t('room.invite')}
        </Button>
      ) : null}
    </div>
  );
}
