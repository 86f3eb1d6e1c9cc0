import { language, t } from './translate.ts';

const DAY_MS = 86_400_000;

/** The language of the app as it is written where the person is: in London the day comes before the month. */
const region = (): string =>
  navigator.languages.find((one) => one.split('-')[0] === language()) ?? language();

/** Made once: each message asks for both, and making a format takes far longer than using it. */
const clockTime = new Intl.DateTimeFormat(region(), {
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
});
const dayAndTime = new Intl.DateTimeFormat(region(), {
  dateStyle: 'full',
  timeStyle: 'short',
  hourCycle: 'h23',
});

export const formatTime = (ts: number): string => clockTime.format(ts);

export const formatFull = (ts: number): string => dayAndTime.format(ts);

/** Day and time, shortly. */
export function formatMoment(ts: number): string {
  return new Intl.DateTimeFormat(region(), {
    dateStyle: 'medium',
    timeStyle: 'short',
    hourCycle: 'h23',
  }).format(ts);
}

/** "Today", "Yesterday", or the day in words; the year only when it is not this one. */
export function formatDay(ts: number, now = Date.now()): string {
  const day = new Date(ts);
  const age = Math.round((new Date(now).setHours(0, 0, 0, 0) - new Date(ts).setHours(0, 0, 0, 0)) / DAY_MS);
  if (age === 0) return t('time.today');
  if (age === 1) return t('time.yesterday');
  const sameYear = day.getFullYear() === new Date(now).getFullYear();
  return new Intl.DateTimeFormat(region(), {
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    year: sameYear ? undefined : 'numeric',
  }).format(ts);
}

/** The time when it was today; otherwise the day and the time. */
export function formatSince(ts: number, now = Date.now()): string {
  const today = new Date(ts).toDateString() === new Date(now).toDateString();
  return today ? formatTime(ts) : formatMoment(ts);
}

/** "Ada", "Ada and Bob", "Ada, Bob and Carol". */
export function formatNames(names: readonly string[]): string {
  return new Intl.ListFormat(language(), { type: 'conjunction' }).format(names);
}

export function formatSize(bytes: number): string {
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte'] as const;
  const step = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  return new Intl.NumberFormat(language(), {
    style: 'unit',
    unit: units[step],
    unitDisplay: step === 0 ? 'long' : 'short',
    maximumFractionDigits: step === 0 ? 0 : 1,
  }).format(bytes / 1000 ** step);
}
