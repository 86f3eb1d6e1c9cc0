import { formatMoment } from '../i18n/dates.ts';
import { t } from '../i18n/translate.ts';
import type { ExchangeHour } from './organisations-api.ts';

const HOUR_MS = 3_600_000;

type ChartProps = {
  readonly hours: readonly ExchangeHour[];
  /** How many hours up to now are shown. */
  readonly span: number;
  readonly width: number;
  readonly height: number;
  readonly className?: string;
};

/** Deliveries by the hour: what came through, and on top of it what failed. What it shows is said in words too. */
export function DeliveriesChart({ hours, span, width, height, className = '' }: ChartProps) {
  const last = Math.floor(Date.now() / HOUR_MS);
  const shown = hours.filter(({ hour }) => hour > last - span);
  const most = Math.max(1, ...shown.map(({ delivered, failed }) => delivered + failed));
  const step = width / span;
  const delivered = shown.reduce((sum, hour) => sum + hour.delivered, 0);
  const failed = shown.reduce((sum, hour) => sum + hour.failed, 0);
  const scale = (count: number) => (count === 0 ? 0 : Math.max(1.5, (count / most) * (height - 2)));
  return (
    <svg
      role="img"
      aria-label={t('organisations.chart', { delivered, failed, days: Math.round(span / 24) })}
      viewBox={`0 0 ${width} ${height}`}
      preserveAspectRatio="none"
      className={className}
    >
      <line x1="0" x2={width} y1={height - 0.5} y2={height - 0.5} className="stroke-line" strokeWidth="1" />
      {shown.map((hour) => {
        const x = (hour.hour - last + span - 1) * step;
        const bar = Math.max(step * 0.8, 0.8);
        const sent = scale(hour.delivered);
        const lost = scale(hour.failed);
        return (
          <g key={hour.hour}>
            <title>
              {t('organisations.chartHour', {
                when: formatMoment(hour.hour * HOUR_MS),
                delivered: hour.delivered,
                failed: hour.failed,
              })}
            </title>
            <rect x={x} width={bar} y={height - 1 - sent} height={sent} className="fill-accent" />
            <rect
              x={x}
              width={bar}
              y={Math.max(0, height - 1 - sent - lost)}
              height={lost}
              className="fill-danger"
            />
          </g>
        );
      })}
    </svg>
  );
}
