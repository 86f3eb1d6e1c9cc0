import { lazy, Suspense } from 'react';
import { useObservable } from '../frame/observable.ts';
import { closeMessageDialog, openedMessageDialog } from './message-dialogs.ts';

const CommandsDialog = lazy(() => import('../composer/commands-dialog.tsx'));
const DeliveryDialog = lazy(() => import('./delivery-dialog.tsx'));
const HistoryDialog = lazy(() => import('./history-dialog.tsx'));
const ReactionsDialog = lazy(() => import('./reactions-dialog.tsx'));

/** The dialog about a message that is open. */
export function MessageDialogs() {
  const dialog = useObservable(openedMessageDialog);
  if (!dialog) return null;
  return (
    <Suspense>
      {dialog.kind === 'commands' ? <CommandsDialog onClose={closeMessageDialog} /> : null}
      {dialog.kind === 'history' ? <HistoryDialog {...dialog} onClose={closeMessageDialog} /> : null}
      {dialog.kind === 'reactions' ? <ReactionsDialog {...dialog} onClose={closeMessageDialog} /> : null}
      {dialog.kind === 'delivery' ? <DeliveryDialog {...dialog} onClose={closeMessageDialog} /> : null}
    </Suspense>
  );
}
