import { type KeyboardEvent, type PointerEvent, useId, useLayoutEffect, useRef, useState } from 'react';
import { formatMoment, formatTime } from '../i18n/dates.ts';
import { type Axis, axisTo, type Point, segmentsOf, timeTicks } from './chart-scale.ts';

export type Series = {
  readonly label: string;
  /** Told apart without colours, too. */
  readonly look: 'strong' | 'dashed';
  readonly points: readonly Point[];
};

const HEIGHT = 176;
const MARGIN = { top: 10, right: 8, bottom: 22, left: 52 };

const LOOKS = {
  strong: { stroke: 'stroke-accent', fill: 'fill-accent', dash: undefined },
  dashed: { stroke: 'stroke-warn', fill: 'fill-warn', dash: '5 3' },
} as const;

/** Lines over time. The values at a moment are read with the pointer or the arrow keys. */
export function LineChart({
  title,
  from,
  to,
  series,
  format,
}: {
  title: string;
  from: number;
  to: number;
  series: readonly [Series, ...Series[]];
  format: (value: number) => string;
}) {
  const box = useRef<HTMLDivElement>(null);
  const width = useWidth(box);
  const labelId = useId();
  const [chosen, setChosen] = useState<number>();
  const times = series[0].points.map(({ ts }) => ts);
  const highest = Math.max(...series.flatMap(({ points }) => points.map(({ value }) => value ?? 0)));
  const axis = axisTo(highest);
  const inner = Math.max(1, width - MARGIN.left - MARGIN.right);
  const x = (ts: number) => MARGIN.left + ((ts - from) / Math.max(1, to - from)) * inner;
  const y = (value: number) =>
    HEIGHT - MARGIN.bottom - (value / axis.top) * (HEIGHT - MARGIN.top - MARGIN.bottom);
  const index = chosen === undefined ? times.length - 1 : Math.min(chosen, times.length - 1);
  const ts = times[index];

  function follow(event: PointerEvent) {
    const left = box.current?.getBoundingClientRect().left ?? 0;
    setChosen(nearest(times.map(x), event.clientX - left));
  }
  function step(event: KeyboardEvent) {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    setChosen(Math.max(0, Math.min(times.length - 1, index + by)));
  }

  return (
    <figure className="flex min-w-0 flex-col gap-2 rounded-xl border border-line p-4">
      <figcaption id={labelId} className="font-semibold">
        {title}
      </figcaption>
      <Legend series={series} index={index} format={format} moment={chosen === undefined ? undefined : ts} />
      <div
        ref={box}
        role="slider"
        tabIndex={0}
        aria-labelledby={labelId}
        aria-valuemin={0}
        aria-valuemax={Math.max(0, times.length - 1)}
        aria-valuenow={Math.max(0, index)}
        aria-valuetext={ts === undefined ? '' : spoken(series, index, format, ts)}
        className="rounded focus-visible:outline-2 focus-visible:outline-accent"
        onPointerMove={follow}
        onPointerLeave={() => setChosen(undefined)}
        onKeyDown={step}
      >
        <svg width="100%" height={HEIGHT} aria-hidden="true">
          <Grid axis={axis} y={y} right={width - MARGIN.right} format={format} />
          {timeTicks(from, to).map((tick) => (
            <text
              key={tick}
              x={x(tick)}
              y={HEIGHT - 6}
              textAnchor="middle"
              className="fill-ink-quiet text-xs"
            >
              {to - from > 36 * 3_600_000 ? shortDay(tick) : formatTime(tick)}
            </text>
          ))}
          {series.map(({ label, look, points }) => (
            <g key={label} className={LOOKS[look].stroke} fill="none" strokeWidth={1.75}>
              {segmentsOf(points).map((segment) => (
                <Line key={segment[0]?.ts} segment={segment} look={look} x={x} y={y} />
              ))}
            </g>
          ))}
          {chosen !== undefined && ts !== undefined ? (
            <line x1={x(ts)} x2={x(ts)} y1={MARGIN.top} y2={HEIGHT - MARGIN.bottom} className="stroke-edge" />
          ) : null}
        </svg>
      </div>
    </figure>
  );
}

function Legend(props: {
  series: readonly Series[];
  index: number;
  moment: number | undefined;
  format: (value: number) => string;
}) {
  return (
    <div className="flex min-h-5 flex-wrap gap-x-4 gap-y-1 text-sm text-ink-soft">
      {props.series.map(({ label, look, points }) => {
        const value = points[props.index]?.value;
        return (
          <span key={label} className="inline-flex items-center gap-1.5">
            <svg width="18" height="8" aria-hidden="true" className={LOOKS[look].stroke}>
              <line x1="1" x2="17" y1="4" y2="4" strokeWidth="2" strokeDasharray={LOOKS[look].dash} />
            </svg>
            {label}
            <span className="font-medium text-ink tabular-nums">
              {value === null || value === undefined ? '–' : props.format(value)}
            </span>
          </span>
        );
      })}
      {props.moment === undefined ? null : (
        <span className="ms-auto text-ink-quiet tabular-nums">{formatMoment(props.moment)}</span>
      )}
    </div>
  );
}

function Grid(props: {
  axis: Axis;
  y: (value: number) => number;
  right: number;
  format: (value: number) => string;
}) {
  return props.axis.ticks.map((tick) => (
    <g key={tick}>
      <line x1={MARGIN.left} x2={props.right} y1={props.y(tick)} y2={props.y(tick)} className="stroke-line" />
      <text
        x={MARGIN.left - 6}
        y={props.y(tick) + 4}
        textAnchor="end"
        className="fill-ink-quiet text-xs tabular-nums"
      >
        {props.format(tick)}
      </text>
    </g>
  ));
}

function Line(props: {
  segment: readonly Point[];
  look: Series['look'];
  x: (ts: number) => number;
  y: (value: number) => number;
}) {
  const { segment, look, x, y } = props;
  const [first] = segment;
  // A line of one point would not be seen.
  if (segment.length === 1 && first !== undefined) {
    return (
      <circle cx={x(first.ts)} cy={y(first.value ?? 0)} r={2.5} className={LOOKS[look].fill} stroke="none" />
    );
  }
  return (
    <polyline
      strokeLinecap="round"
      strokeLinejoin="round"
      strokeDasharray={LOOKS[look].dash}
      points={segment.map(({ ts, value }) => `${x(ts).toFixed(1)},${y(value ?? 0).toFixed(1)}`).join(' ')}
    />
  );
}

const spoken = (
  series: readonly Series[],
  index: number,
  format: (value: number) => string,
  ts: number,
): string =>
  [
    formatMoment(ts),
    ...series.map(({ label, points }) => {
      const value = points[index]?.value;
      return `${label} ${value === null || value === undefined ? '–' : format(value)}`;
    }),
  ].join(', ');

const nearest = (places: readonly number[], at: number): number =>
  places.reduce(
    (best, place, index) => (Math.abs(place - at) < Math.abs((places[best] ?? 0) - at) ? index : best),
    0,
  );

const shortDay = (ts: number): string =>
  new Intl.DateTimeFormat(document.documentElement.lang || 'en', { day: 'numeric', month: 'short' }).format(
    ts,
  );

function useWidth(element: { readonly current: HTMLElement | null }): number {
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const observed = element.current;
    if (observed === null) return;
    const observer = new ResizeObserver(() => setWidth(observed.clientWidth));
    observer.observe(observed);
    setWidth(observed.clientWidth);
    return () => observer.disconnect();
  }, [element]);
  return width;
}
