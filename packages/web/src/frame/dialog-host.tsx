import { lazy, Suspense } from 'react';
import { NewMessageDialog } from '../people/new-message-dialog.tsx';
import { ConfirmDelete, ConfirmLeave, ConfirmRemove } from '../rooms/confirmations.tsx';
import { CreateChannelDialog } from '../rooms/create-channel-dialog.tsx';
import { EditRoomDialog } from '../rooms/edit-room-dialog.tsx';
import { InviteDialog } from '../rooms/invite-dialog.tsx';
import { closeDialog, openedDialog } from './dialogs.ts';
import { useObservable } from './observable.ts';
import { ShortcutsDialog } from './shortcuts-dialog.tsx';
import { Switcher } from './switcher.tsx';

const Lightbox = lazy(() =>
  import('../timeline/lightbox.tsx').then((module) => ({ default: module.Lightbox })),
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
    case 'picture':
      return (
        <Suspense>
          <Lightbox mxc={dialog.mxc} name={dialog.name} onClose={closeDialog} />
        </Suspense>
      );
  }
}
