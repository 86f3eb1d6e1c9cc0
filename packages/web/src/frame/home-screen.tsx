import { ArrowLeft, MessageSquarePlus, Plus } from 'lucide-react';
import { Button } from '../controls/button.tsx';
import { t } from '../i18n/translate.ts';
import { useWorkspace } from '../session/workspace-session.ts';
import { openDialog } from './dialogs.ts';
import { goTo } from './route.ts';

/** No room is open: what this place is for. */
export function HomeScreen({ missing }: { missing?: boolean }) {
  const { info } = useWorkspace();
  return (
    <div className="flex flex-1 flex-col items-center justify-center gap-4 p-6 text-center">
      <div className="flex max-w-[44ch] flex-col gap-1.5">
        <h1 className="text-lg font-semibold">
          {missing ? t('home.missingTitle') : t('home.title', { workspace: info.name })}
        </h1>
        <p className="text-ink-soft">{missing ? t('home.missing') : t('home.text')}</p>
      </div>
      <div className="flex flex-wrap justify-center gap-2">
        {missing ? (
          // On a phone this is all there is.
          <Button
            variant="secondary"
            className="pane:hidden"
            icon={<ArrowLeft className="size-4" aria-hidden />}
            onClick={() => goTo({ screen: 'home' })}
          >
            {t('room.back')}
          </Button>
        ) : null}
        <Button
          icon={<Plus className="size-4" aria-hidden />}
          onClick={() => openDialog({ kind: 'create-channel' })}
        >
          {t('channel.create')}
        </Button>
        <Button
          variant="secondary"
          icon={<MessageSquarePlus className="size-4" aria-hidden />}
          onClick={() => openDialog({ kind: 'new-message' })}
        >
          {t('direct.new')}
        </Button>
      </div>
    </div>
  );
}
