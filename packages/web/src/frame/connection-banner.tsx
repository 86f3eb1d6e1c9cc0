import { LoaderCircle } from 'lucide-react';
import { Button } from '../controls/button.tsx';
import { t } from '../i18n/translate.ts';
import { useWorkspace } from '../session/workspace-session.ts';
import { useObservable } from './observable.ts';

/** The connection to this workspace's own server is lost. */
export function ConnectionBanner() {
  const { client, connection } = useWorkspace();
  if (useObservable(connection) !== 'lost') return null;
  return (
    <div role="status" className="flex items-center justify-center gap-2.5 bg-warn-wash px-4 py-1.5 text-sm">
      <LoaderCircle className="spin size-4 text-warn" aria-hidden />
      <span>{t('connection.lost')}</span>
      <Button variant="secondary" small onClick={() => client.retryImmediately()}>
        {t('connection.retry')}
      </Button>
    </div>
  );
}
