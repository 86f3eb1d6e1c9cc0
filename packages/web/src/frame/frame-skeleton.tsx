import { t } from '../i18n/translate.ts';

const ROW_WIDTHS = ['w-24', 'w-32', 'w-20', 'w-28', 'w-36', 'w-24'] as const;
const LINE_WIDTHS = ['w-2/3', 'w-1/2', 'w-3/5', 'w-1/3', 'w-3/4'] as const;

/** The shape of the workspace while it loads. */
export function FrameSkeleton() {
  return (
    <div className="flex h-full" role="status" aria-label={t('app.loading')}>
      <div className="hidden w-16 shrink-0 bg-rail pane:block" />
      <div className="flex w-full shrink-0 flex-col gap-4 border-e border-line bg-sunken p-4 pane:w-[272px]">
        <div className="skeleton h-9" />
        {ROW_WIDTHS.map((width, index) => (
          <div key={index} className={`skeleton h-4 ${width}`} />
        ))}
      </div>
      <div className="hidden min-w-0 flex-1 flex-col pane:flex">
        <div className="h-14 border-b border-line" />
        <div className="flex flex-1 flex-col justify-end gap-6 px-6 pb-24">
          {LINE_WIDTHS.map((width, index) => (
            <div key={index} className="flex max-w-[640px] gap-3">
              <div className="skeleton size-9 shrink-0" />
              <div className="flex flex-1 flex-col gap-2">
                <div className="skeleton h-3 w-28" />
                <div className={`skeleton h-3 ${width}`} />
              </div>
            </div>
          ))}
        </div>
      </div>
    </div>
  );
}
