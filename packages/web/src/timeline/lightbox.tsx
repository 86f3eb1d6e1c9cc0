import { LoaderCircle, X } from 'lucide-react';
import { Dialog as Radix } from 'radix-ui';
import { focusFirstField } from '../controls/focus-first-field.ts';
import { IconButton } from '../controls/icon-button.tsx';
import { t } from '../i18n/translate.ts';
import { useImage } from '../media/authenticated-media.ts';

/** One picture, as large as the window. */
export function Lightbox({ mxc, name, onClose }: { mxc: string; name: string; onClose: () => void }) {
  const image = useImage(mxc);
  return (
    <Radix.Root open onOpenChange={(open) => !open && onClose()}>
      <Radix.Portal>
        <Radix.Content
          aria-describedby={undefined}
          onOpenAutoFocus={focusFirstField}
          className="fixed inset-0 z-40 flex flex-col bg-[#0b0f10]/95 text-white outline-none"
        >
          <header className="flex items-center gap-3 px-4 py-3">
            <Radix.Title className="min-w-0 flex-1 truncate font-medium">
              {name || t('image.untitled')}
            </Radix.Title>
            <Radix.Close asChild>
              <IconButton
                label={t('action.close')}
                side="left"
                className="text-white hover:bg-white/15 hover:text-white"
              >
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
