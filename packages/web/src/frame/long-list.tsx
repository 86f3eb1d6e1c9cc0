import type { HTMLAttributes, ReactNode, Ref } from 'react';
import { Virtuoso } from 'react-virtuoso';
import { usePanelScroller } from './panel.tsx';

/** Up to here making all rows is cheaper than following the scrolling. */
const SHORT = 60;
/** Rows beyond the edges, so that a turn of the wheel finds them made. */
const AHEAD_PX = 600;

type LongListProps<T> = {
  items: readonly T[];
  keyOf: (item: T) => string;
  render: (item: T) => ReactNode;
};

/** A list in a panel that may be of thousands: only the rows in view are made. */
export function LongList<T>({ items, keyOf, render }: LongListProps<T>) {
  const scroller = usePanelScroller();
  if (items.length <= SHORT || !scroller) {
    return (
      <ul>
        {items.slice(0, SHORT).map((item) => (
          <li key={keyOf(item)}>{render(item)}</li>
        ))}
      </ul>
    );
  }
  return (
    <Virtuoso
      data={items}
      customScrollParent={scroller}
      increaseViewportBy={AHEAD_PX}
      computeItemKey={(_, item) => keyOf(item)}
      itemContent={(_, item) => render(item)}
      components={PARTS}
    />
  );
}

type PartProps<E> = HTMLAttributes<E> & { ref?: Ref<E> };

/** A list for screen readers as well. */
const PARTS = {
  List: (props: PartProps<HTMLUListElement>) => <ul {...props} />,
  Item: ({ item: _, ...props }: PartProps<HTMLLIElement> & { item?: unknown }) => <li {...props} />,
};
