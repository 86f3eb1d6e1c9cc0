import { ChevronLeft, ChevronRight, Download, LoaderCircle, X } from 'lucide-react';
import { Dialog as Radix } from 'radix-ui';
import { type KeyboardEvent, useState } from 'react';
import { focusFirstField } from '../controls/focus-first-field.ts';
import { IconButton } from '../controls/icon-button.tsx';
import { say } from '../frame/say.ts';
import { t } from '../i18n/translate.ts';
import { useImage } from '../media/authenticated-media.ts';
import { useWorkspace } from '../session/workspace-session.ts';
import { picturesOf } from './pictures.ts';
import { saveFile } from './save-file.ts';

const LIGHT_BUTTON = 'text-white hover:bg-white/15 hover:text-white';

type LightboxProps = { mxc: string; name: string; onClose: () => void };

/** One picture, as large as the window; the arrow keys lead to the others of the room. */
export function Lightbox({ mxc: first, name: firstName, onClose }: LightboxProps) {
  const { client } = useWorkspace();
  const [pictures] = useState(() => {
    const known = picturesOf(client);
    return known.some((picture) => picture.mxc === first) ? known : [{ mxc: first, name: firstName }];
  });
  const [at, setAt] = useState(() => pictures.findIndex((picture) => picture.mxc === first));
  const { mxc, name } = pictures[at] ?? { mxc: first, name: firstName };
  const image = useImage(mxc);
  const go = (step: number) => setAt(Math.max(0, Math.min(pictures.length - 1, at + step)));
  const onKeyDown = (event: KeyboardEvent) => {
    const step = event.key === 'ArrowLeft' ? -1 : event.key === 'ArrowRight' ? 1 : 0;
    if (step !== 0) go(step);
  };
  const save = () => void saveFile(client, mxc, name).catch(() => say(t('file.failed', { name })));
  return (
    <Radix.Root open onOpenChange={(open) => !open && onClose()}>
      <Radix.Portal>
        <Radix.Content
          aria-describedby={undefined}
          onOpenAutoFocus={focusFirstField}
          onKeyDown={onKeyDown}
          className="fixed inset-0 z-40 flex flex-col bg-[#0b0f10]/95 text-white outline-none"
        >
          <header className="flex items-center gap-3 px-4 py-3">
            <Radix.Title className="min-w-0 flex-1 truncate font-medium">
              {name || t('image.untitled')}
            </Radix.Title>
            {pictures.length > 1 ? (
              <>
                <span className="text-sm tabular-nums">
                  {t('image.place', { at: at + 1, count: pictures.length })}
                </span>
                <IconButton
                  label={t('image.previous')}
                  shortcut="←"
                  side="bottom"
                  disabled={at === 0}
                  className={LIGHT_BUTTON}
                  onClick={() => go(-1)}
                >
                  <ChevronLeft className="size-5" />
                </IconButton>
                <IconButton
                  label={t('image.next')}
                  shortcut="→"
                  side="bottom"
                  disabled={at === pictures.length - 1}
                  className={LIGHT_BUTTON}
                  onClick={() => go(1)}
                >
                  <ChevronRight className="size-5" />
                </IconButton>
              </>
            ) : null}
            <IconButton
              label={t('file.saveNamed', { name })}
              side="bottom"
              className={LIGHT_BUTTON}
              onClick={save}
            >
              <Download className="size-5" />
            </IconButton>
            <Radix.Close asChild>
              <IconButton label={t('action.close')} side="left" className={LIGHT_BUTTON}>
                <X className="size-5" />
              </IconButton>
            </Radix.Close>
          </header>
          {/* biome-ignore lint/a11y/useKeyWithClickEvents: Esc and the button close it too. */}
          {/* biome-ignore lint/a11y/noStaticElementInteractions: a click beside the picture closes it. */}
          <div className="flex min-h-0 flex-1 items-center justify-center p-4 pt-0" onClick={onClose}>
            {image.state === 'ready' ? (
              <img src={image.address} alt={name} className="max-h-full max-w-full rounded object-contain" />
            ) : image.state === 'failed' ? (
              <p>{t('image.failedLarge')}</p>
            ) : (
              <LoaderCircle className="spin size-8" role="img" aria-label={t('image.loading', { name })} />
            )}
          </div>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
