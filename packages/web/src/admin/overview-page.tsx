import { type ReactNode, useCallback, useState } from 'react';
import { Notice } from '../controls/notice.tsx';
import { formatMoment, formatSince, formatSize } from '../i18n/dates.ts';
import { language, t } from '../i18n/translate.ts';
import { LineChart } from './line-chart.tsx';
import { fetchOverview, type Overview, perMinute, pointsOf } from './overview-api.ts';
import { Loading } from './settings-page.tsx';
import { useFreshAnswer } from './use-answer.ts';

const RANGES = [1, 24, 168] as const;
type Hours = (typeof RANGES)[number];

const HOUR_MS = 3_600_000;

/** How the workspace does: what is wrong, what waits, and how it was. */
export function OverviewPage() {
  const [hours, setHours] = useState<Hours>(24);
  const ask = useCallback((accessToken: string) => fetchOverview(accessToken, hours), [hours]);
  const { value, failure } = useFreshAnswer(ask);
  return (
    <div className="flex flex-col gap-5">
      {failure ? <Notice kind="error">{failure}</Notice> : null}
      {value ? (
        <>
          <Health overview={value} />
          <Figures overview={value} />
          <Ranges hours={hours} onChoose={setHours} />
          <Charts overview={value} hours={hours} />
        </>
      ) : failure ? null : (
        <Loading />
      )}
    </div>
  );
}

function Health({ overview }: { overview: Overview }) {
  const { faults, version, startedTs } = overview;
  return (
    <div className="flex flex-col gap-2">
      <Notice kind={faults.length === 0 ? 'info' : 'error'}>
        {faults.length === 0 ? t('overview.ready') : t('overview.notReady', { what: faults.join('; ') })}
      </Notice>
      <p className="text-sm text-ink-soft">
        {t('overview.running', { version, since: formatMoment(startedTs) })}
      </p>
    </div>
  );
}

function Figures({ overview }: { overview: Overview }) {
  const { servers, failing, waiting, oldestWaitingTs, databaseBytes, mediaBytes, mediaFiles } = overview;
  const others = Math.max(0, servers - 1);
  return (
    <dl className="grid grid-cols-2 gap-3 panel:grid-cols-4">
      <Figure
        label={t('overview.organisations')}
        value={formatCount(others)}
        note={failing === 0 ? t('overview.allReached') : t('overview.failing', { count: failing })}
        bad={failing > 0}
      />
      <Figure
        label={t('overview.waiting')}
        value={formatCount(waiting)}
        note={
          oldestWaitingTs === undefined
            ? t('overview.nothingWaits')
            : t('overview.since', { when: formatSince(oldestWaitingTs) })
        }
      />
      <Figure
        label={t('overview.stored')}
        value={formatSize(databaseBytes + mediaBytes)}
        note={t('overview.files', { count: mediaFiles })}
      />
      <Figure
        label={t('overview.free')}
        value={formatSize(overview.freeBytes)}
        note={t('overview.ofDisk', { size: formatSize(overview.diskBytes) })}
      />
    </dl>
  );
}

function Figure(props: { label: string; value: ReactNode; note: string; bad?: boolean }) {
  return (
    <div className="flex flex-col gap-0.5 rounded-xl border border-line p-4">
      <dt className="text-sm text-ink-soft">{props.label}</dt>
      <dd className="text-xl font-semibold tabular-nums">{props.value}</dd>
      <dd className={`text-sm ${props.bad ? 'text-danger' : 'text-ink-quiet'}`}>{props.note}</dd>
    </div>
  );
}

function Ranges({ hours, onChoose }: { hours: Hours; onChoose: (hours: Hours) => void }) {
  const words = { 1: t('overview.hour'), 24: t('overview.day'), 168: t('overview.week') };
  return (
    <fieldset className="flex gap-1">
      <legend className="sr-only">{t('overview.range')}</legend>
      {RANGES.map((range) => (
        <label
          key={range}
          className="inline-flex h-8 cursor-pointer items-center rounded-lg px-3 font-medium text-ink-soft hover:bg-hover has-checked:bg-accent-wash has-checked:text-ink has-focus-visible:outline-2 has-focus-visible:outline-accent"
        >
          <input
            type="radio"
            name="overview-range"
            className="sr-only"
            checked={hours === range}
            onChange={() => onChoose(range)}
          />
          {words[range]}
        </label>
      ))}
    </fieldset>
  );
}

function Charts({ overview, hours }: { overview: Overview; hours: Hours }) {
  const span = { from: overview.ts - hours * HOUR_MS, to: overview.ts };
  return (
    <div className="grid grid-cols-1 gap-4 panel:grid-cols-2">
      <LineChart
        {...span}
        title={t('overview.traffic')}
        format={formatCount}
        series={[
          { label: t('overview.written'), look: 'strong', points: perMinute(overview, 'events_out') },
          { label: t('overview.received'), look: 'dashed', points: perMinute(overview, 'events_in') },
        ]}
      />
      <LineChart
        {...span}
        title={t('overview.delay')}
        format={formatDuration}
        series={[
          { label: t('overview.half'), look: 'strong', points: pointsOf(overview, 'delay_half_ms') },
          { label: t('overview.most'), look: 'dashed', points: pointsOf(overview, 'delay_most_ms') },
        ]}
      />
      <LineChart
        {...span}
        title={t('overview.queue')}
        format={formatCount}
        series={[
          {
            label: t('overview.toSend'),
            look: 'strong',
            points: pointsOf(overview, 'waiting', overview.waiting),
          },
          {
            label: t('overview.toJudge'),
            look: 'dashed',
            points: pointsOf(overview, 'staged', overview.staged),
          },
        ]}
      />
      <LineChart
        {...span}
        title={t('overview.storage')}
        format={formatSize}
        series={[
          {
            label: t('overview.database'),
            look: 'strong',
            points: pointsOf(overview, 'database_bytes', overview.databaseBytes),
          },
          {
            label: t('overview.media'),
            look: 'dashed',
            points: pointsOf(overview, 'media_bytes', overview.mediaBytes),
          },
        ]}
      />
    </div>
  );
}

const formatCount = (value: number): string =>
  new Intl.NumberFormat(language(), { maximumFractionDigits: value < 10 ? 1 : 0 }).format(value);

const formatDuration = (ms: number): string => {
  const [unit, size] =
    ms < 1_000
      ? (['millisecond', 1] as const)
      : ms < 120_000
        ? (['second', 1_000] as const)
        : ms < 2 * HOUR_MS
          ? (['minute', 60_000] as const)
          : (['hour', HOUR_MS] as const);
  return new Intl.NumberFormat(language(), {
    style: 'unit',
    unit,
    unitDisplay: 'short',
    maximumFractionDigits: 1,
  }).format(ms / size);
};
