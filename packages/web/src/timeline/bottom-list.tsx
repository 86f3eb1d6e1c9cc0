import {
  type KeyboardEvent,
  type ReactNode,
  type Ref,
  useCallback,
  useEffect,
  useImperativeHandle,
  useLayoutEffect,
  useRef,
  useState,
} from 'react';
import { flushSync } from 'react-dom';
import { RowHeights, type Window } from './row-heights.ts';

/** Rows beyond the edges, so that a turn of the wheel finds them made. */
const AHEAD_PX = 1200;
/** With less than this beyond an edge, more rows are made. */
const ENOUGH_AHEAD_PX = 500;
/** Nearer to the end than this, the newest row counts as seen. */
const NEAR_END_PX = 80;
/** Nearer to the beginning than this, older rows are asked for. */
const NEAR_BEGINNING_PX = 900;
/** Scroll positions are not whole pixels on every screen. */
const END_PX = 2;
/** Rows on each side of one that is looked for. */
const ROWS_AROUND = 30;

export type BottomListHandle = {
  /** Goes to the newest row. */
  toEnd(): void;
  /** Puts a row in the middle of what one sees. */
  show(key: string): void;
  /** Has the focus, when the row that had it is gone. */
  takeFocus(): void;
};

type BottomListProps<T extends { readonly key: string }> = {
  items: readonly T[];
  render: (item: T) => ReactNode;
  /** Stands before the first row; always of the same height. */
  header: ReactNode;
  label: string;
  /** The row to begin with, in the middle; otherwise the list begins at its end. */
  beginAt: string | undefined;
  onNearBeginning: () => void;
  onNearEnd: (near: boolean) => void;
  handle: Ref<BottomListHandle | null>;
};

/** The rows that are made, by their keys: older rows that come before change nothing of it. */
type Made = { readonly first: string; readonly last: string; readonly count: number };

type Place = { readonly key: string; readonly top: number };

/**
 * A long list whose newest row is at the bottom, of which only the rows in view are made.
 *
 * The scroller counts from its end (a reversed column), so what comes before never moves what one reads, and
 * at the end the list follows by itself. Whatever else changes, above or below, is measured before the
 * browser paints, and the first row in view is put back to where it was.
 */
export function BottomList<T extends { readonly key: string }>(props: BottomListProps<T>) {
  const { items, render, onNearBeginning, onNearEnd, beginAt } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const heights = useRef<RowHeights>(null);
  heights.current ??= new RowHeights();
  const rowHeights = heights.current;
  const keys = items.map(({ key }) => key);
  const latest = useRef({ keys, onNearBeginning, onNearEnd });
  latest.current = { keys, onNearBeginning, onNearEnd };

  /**
   * Where the rows in view stood when the person last saw them, which are none after a leap to where nothing
   * is made yet; `undefined` while the list follows its end.
   */
  const places = useRef<readonly Place[] | undefined>(undefined);
  const wanted = useRef<string>(beginAt);
  const [made, setMade] = useState<Made>(() => madeAround(keys, beginAt));
  const window = windowOf(keys, made, places.current ?? [], rowHeights);

  const remember = useCallback(() => {
    const box = scroller.current;
    if (box) places.current = box.scrollTop >= -END_PX ? undefined : rowsInView(box, content.current);
  }, []);

  /** Measures what is there, puts it back to its place, and sees whether more rows are needed. */
  const settle = useCallback(() => {
    const box = scroller.current;
    if (!box || !content.current) return;
    for (const row of rowsOf(content.current)) rowHeights.measured(keyOf(row), heightOf(row));
    if (wanted.current !== undefined) {
      if (toMiddle(box, content.current, wanted.current)) wanted.current = undefined;
    } else if (places.current === undefined) box.scrollTop = 0;
    else putBack(box, content.current, places.current);
    remember();
    const { keys: all } = latest.current;
    const fromEnd = -box.scrollTop;
    latest.current.onNearEnd(fromEnd < NEAR_END_PX);
    if (distanceToBeginning(box) < NEAR_BEGINNING_PX) latest.current.onNearBeginning();
    if (wanted.current !== undefined || !needsRows(box, content.current)) return;
    const { start, end } = rowHeights.inView(all, fromEnd, box.clientHeight, AHEAD_PX);
    setMade((now) => sameOr(now, madeFrom(all, start, end)));
  }, [remember, rowHeights]);

  useLayoutEffect(settle);

  useEffect(() => {
    const observer = new ResizeObserver(settle);
    if (scroller.current) observer.observe(scroller.current);
    if (content.current) observer.observe(content.current);
    return () => observer.disconnect();
  }, [settle]);

  const onScroll = useCallback(() => {
    const box = scroller.current;
    if (!box) return;
    remember();
    // Far from what is made, nothing would be seen until the next frame.
    if (isBare(box, content.current)) flushSync(settle);
    else settle();
  }, [remember, settle]);

  useImperativeHandle(props.handle, () => ({
    toEnd() {
      const { keys: all } = latest.current;
      wanted.current = undefined;
      places.current = undefined;
      flushSync(() => setMade((now) => sameOr(now, madeAround(all, undefined))));
      settle();
    },
    show(key) {
      wanted.current = key;
      flushSync(() => setMade((now) => sameOr(now, madeAround(latest.current.keys, key))));
      settle();
    },
    takeFocus() {
      if (document.activeElement === document.body) scroller.current?.focus({ preventScroll: true });
    },
  }));

  return (
    <div
      ref={scroller}
      role="log"
      aria-live="off"
      aria-label={props.label}
      tabIndex={0}
      onScroll={onScroll}
      onKeyDown={(event) => scrollByKey(event, scroller.current)}
      className="flex h-full flex-col-reverse overflow-x-hidden overflow-y-auto [overflow-anchor:none] focus-visible:outline-2! focus-visible:-outline-offset-2 focus-visible:outline-accent! focus-visible:outline-solid!"
    >
      <div ref={content} className="shrink-0">
        {window.start === 0 ? props.header : null}
        <div style={{ height: window.above }} />
        {items.slice(window.start, window.end).map((item) => (
          <div key={item.key} data-row={item.key} className="flow-root">
            {render(item)}
          </div>
        ))}
        <div style={{ height: window.below }} />
        <div className="h-3" />
      </div>
    </div>
  );
}

const keyOf = (row: HTMLElement): string => row.dataset.row ?? '';

const heightOf = (row: HTMLElement): number => row.getBoundingClientRect().height;

const rowsOf = (content: HTMLElement): readonly HTMLElement[] =>
  [...content.children].filter(
    (one): one is HTMLElement => one instanceof HTMLElement && one.dataset.row !== undefined,
  );

const madeFrom = (keys: readonly string[], start: number, end: number): Made => ({
  first: keys[start] ?? '',
  last: keys[end - 1] ?? '',
  count: end - start,
});

/** The rows around one, or else the last ones. */
function madeAround(keys: readonly string[], key: string | undefined): Made {
  const found = key === undefined ? -1 : keys.indexOf(key);
  const middle = found < 0 ? keys.length - 1 : found;
  return madeFrom(keys, Math.max(0, middle - ROWS_AROUND), Math.min(keys.length, middle + ROWS_AROUND + 1));
}

const sameOr = (now: Made, next: Made): Made =>
  now.first === next.first && now.last === next.last && now.count === next.count ? now : next;

/** Rows may have gone: notices become one, a gap begins the list anew. Then what was in view decides. */
function windowOf(
  keys: readonly string[],
  made: Made,
  places: readonly Place[],
  heights: RowHeights,
): Window {
  const [start, last] = [keys.indexOf(made.first), keys.lastIndexOf(made.last)];
  if (start >= 0 && last >= start) return heights.around(keys, start, last + 1);
  const kept = places.find(({ key }) => keys.includes(key));
  const around = madeAround(keys, kept?.key);
  const from = keys.indexOf(around.first);
  return heights.around(keys, Math.max(0, from), Math.max(0, from) + around.count);
}

const distanceToBeginning = (box: HTMLElement): number => box.scrollHeight - box.clientHeight + box.scrollTop;

function rowsInView(box: HTMLElement, content: HTMLElement | null): readonly Place[] {
  if (!content) return [];
  const view = box.getBoundingClientRect();
  return rowsOf(content)
    .map((row) => ({ key: keyOf(row), top: row.getBoundingClientRect().top - view.top }))
    .filter(({ top }) => top >= 0 && top < view.height);
}

/** The first of the rows that is still there stands where it stood. */
function putBack(box: HTMLElement, content: HTMLElement, places: readonly Place[]): void {
  const rows = new Map(rowsOf(content).map((row) => [keyOf(row), row] as const));
  for (const { key, top } of places) {
    const row = rows.get(key);
    if (!row) continue;
    const moved = row.getBoundingClientRect().top - box.getBoundingClientRect().top - top;
    if (Math.abs(moved) >= 0.5) box.scrollTop += moved;
    return;
  }
}

/** Whether the row is made; it stands in the middle then. */
function toMiddle(box: HTMLElement, content: HTMLElement, key: string): boolean {
  const row = rowsOf(content).find((one) => keyOf(one) === key);
  if (!row) return false;
  const [view, place] = [box.getBoundingClientRect(), row.getBoundingClientRect()];
  box.scrollTop += place.top - view.top - Math.max(0, (view.height - place.height) / 2);
  return true;
}

/** Where the made rows begin and end, as seen from the edges of the view. */
function reach(box: HTMLElement, content: HTMLElement): { above: number; below: number } {
  const view = box.getBoundingClientRect();
  const rows = rowsOf(content);
  const [first, last] = [rows[0]?.getBoundingClientRect(), rows.at(-1)?.getBoundingClientRect()];
  return { above: view.top - (first?.top ?? view.top), below: (last?.bottom ?? view.bottom) - view.bottom };
}

function needsRows(box: HTMLElement, content: HTMLElement): boolean {
  const { above, below } = reach(box, content);
  return above < ENOUGH_AHEAD_PX || below < ENOUGH_AHEAD_PX || above > 3 * AHEAD_PX || below > 3 * AHEAD_PX;
}

function isBare(box: HTMLElement, content: HTMLElement | null): boolean {
  if (!content) return false;
  const { above, below } = reach(box, content);
  return above < 0 || below < 0;
}

/** Home and End of a reversed column go astray in some browsers. */
function scrollByKey(event: KeyboardEvent, box: HTMLElement | null): void {
  if (!box || event.target !== box || (event.key !== 'Home' && event.key !== 'End')) return;
  event.preventDefault();
  box.scrollTop = event.key === 'End' ? 0 : -box.scrollHeight;
}
