import { lazy, Suspense } from 'react';
import { CreateSpaceDialog } from '../discovery/create-space-dialog.tsx';
import { InviteDialog } from '../invitations/invite-dialog.tsx';
import { ReportDialog } from '../invitations/report-dialog.tsx';
import { ConfirmBlock, ConfirmIgnore } from '../invitations/unwanted-dialogs.tsx';
import { ChangeRoleDialog } from '../people/change-role-dialog.tsx';
import { NewMessageDialog } from '../people/new-message-dialog.tsx';
import { ConfirmDelete, ConfirmLeave, ConfirmRemove } from '../rooms/confirmations.tsx';
import { CreateChannelDialog } from '../rooms/create-channel-dialog.tsx';
import { EditRoomDialog } from '../rooms/edit-room-dialog.tsx';
import { StartDiscussionDialog } from '../rooms/start-discussion-dialog.tsx';
import { closeDialog, openedDialog } from './dialogs.ts';
import { useObservable } from './observable.ts';
import { ShortcutsDialog } from './shortcuts-dialog.tsx';
import { Switcher } from './switcher.tsx';

const Lightbox = lazy(() =>
  import('../timeline/lightbox.tsx').then((module) => ({ default: module.Lightbox })),
);

const RoomSettings = lazy(() =>
  import('../settings/room-settings.tsx').then((module) => ({ default: module.RoomSettings })),
);
const MySettings = lazy(() =>
  import('../settings/my-settings.tsx').then((module) => ({ default: module.MySettings })),
);

/** The one dialog that is open. */
export function DialogHost() {
  const dialog = useObservable(openedDialog);
  switch (dialog?.kind) {
    case undefined:
      return null;
    case 'switcher':
      return <Switcher onClose={closeDialog} />;
    case 'shortcuts':
      return <ShortcutsDialog onClose={closeDialog} />;
    case 'create-channel':
      return <CreateChannelDialog onClose={closeDialog} />;
    case 'create-space':
      return <CreateSpaceDialog onClose={closeDialog} />;
    case 'new-message':
      return <NewMessageDialog onClose={closeDialog} />;
    case 'invite':
      return <InviteDialog roomId={dialog.roomId} onClose={closeDialog} />;
    case 'edit-room':
      return <EditRoomDialog roomId={dialog.roomId} onClose={closeDialog} />;
    case 'leave-room':
      return <ConfirmLeave roomId={dialog.roomId} onClose={closeDialog} />;
    case 'delete-message':
      return <ConfirmDelete roomId={dialog.roomId} eventId={dialog.eventId} onClose={closeDialog} />;
    case 'remove-person':
      return (
        <ConfirmRemove act={dialog.act} roomId={dialog.roomId} userId={dialog.userId} onClose={closeDialog} />
      );
    case 'start-discussion':
      return <StartDiscussionDialog roomId={dialog.roomId} eventId={dialog.eventId} onClose={closeDialog} />;
    case 'ignore-person':
      return <ConfirmIgnore userId={dialog.userId} roomId={dialog.roomId} onClose={closeDialog} />;
    case 'block-organisation':
      return <ConfirmBlock server={dialog.server} onClose={closeDialog} />;
    case 'report':
      return <ReportDialog about={dialog.about} onClose={closeDialog} />;
    case 'change-role':
      return <ChangeRoleDialog roomId={dialog.roomId} userId={dialog.userId} onClose={closeDialog} />;
    case 'room-settings':
      return (
        <Suspense>
          <RoomSettings roomId={dialog.roomId} section={dialog.section} onClose={closeDialog} />
        </Suspense>
      );
    case 'my-settings':
      return (
        <Suspense>
          <MySettings section={dialog.section} onClose={closeDialog} />
        </Suspense>
      );
    case 'picture':
      return (
        <Suspense>
          <Lightbox mxc={dialog.mxc} name={dialog.name} onClose={closeDialog} />
        </Suspense>
      );
  }
}
