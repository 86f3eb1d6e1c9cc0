import { t } from '../i18n/translate.ts';

/** ◐: this room is open to other organisations. Decorative where words beside it say so. */
export function SharedMark({ className = '', decorative }: { className?: string; decorative?: boolean }) {
  const drawing = (
    <>
      <circle cx="8" cy="8" r="5.75" fill="none" stroke="currentColor" strokeWidth="1.5" />
      <path d="M8 2.25a5.75 5.75 0 0 0 0 11.5z" fill="currentColor" />
    </>
  );
  const style = `size-3.5 shrink-0 ${className}`;
  if (decorative) {
    return (
      <svg viewBox="0 0 16 16" className={style} aria-hidden="true">
        {drawing}
      </svg>
    );
  }
  return (
    <svg viewBox="0 0 16 16" className={style} role="img" aria-label={t('room.shared')}>
      <title>{t('room.shared')}</title>
      {drawing}
    </svg>
  );
}
