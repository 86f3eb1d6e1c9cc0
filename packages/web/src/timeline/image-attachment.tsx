import { ImageOff } from 'lucide-react';
import { openDialog } from '../frame/dialogs.ts';
import { t } from '../i18n/translate.ts';
import { useImage } from '../media/authenticated-media.ts';
import { isObject, type JsonObject, text } from '../session/matrix-request.ts';
import { fitImage } from './image-size.ts';

const ANIMATED_TYPES: ReadonlySet<unknown> = new Set(['image/gif', 'image/apng', 'image/webp']);

/** A picture in the timeline. Its place is reserved before it comes, so that nothing moves. */
export function ImageAttachment({ content }: { content: JsonObject }) {
  const info = isObject(content.info) ? content.info : {};
  const size = fitImage(info.w, info.h);
  const mxc = text(content.url);
  const name = text(content.filename) ?? text(content.body) ?? '';
  const whole = ANIMATED_TYPES.has(info.mimetype);
  const thumbnail = whole ? undefined : text(info.thumbnail_url);
  const image = useImage(
    thumbnail ?? mxc,
    whole || thumbnail ? undefined : { width: 800, height: 600, method: 'scale' },
  );

  return (
    <figure className="pt-1">
      <div
        className="relative max-w-full overflow-hidden rounded-lg border border-line bg-sunken"
        style={{ width: size.width, aspectRatio: `${size.width} / ${size.height}` }}
      >
        {image.state === 'ready' && mxc ? (
          <button
            type="button"
            className="block size-full cursor-zoom-in focus-visible:-outline-offset-4"
            aria-label={t('image.open', { name })}
            onClick={() => openDialog({ kind: 'picture', mxc, name })}
          >
            <img src={image.address} alt={name} className="size-full object-contain" />
          </button>
        ) : image.state === 'failed' ? (
          <button
            type="button"
            className="flex size-full flex-col items-center justify-center gap-1 p-2 text-sm text-ink-quiet hover:bg-hover"
            onClick={image.retry}
          >
            <ImageOff className="size-5" aria-hidden />
            {t('image.failed')}
          </button>
        ) : (
          <div
            className="skeleton size-full rounded-none"
            role="img"
            aria-label={t('image.loading', { name })}
          />
        )}
      </div>
    </figure>
  );
}
