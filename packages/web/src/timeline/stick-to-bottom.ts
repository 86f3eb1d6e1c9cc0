import { type RefObject, useCallback, useRef } from 'react';

/** Smaller movements are the list adjusting itself. */
const UPWARD_PX = 3;

export type Sticking = {
  /** Whether the list follows new messages. */
  readonly stuck: RefObject<boolean>;
  readonly scroller: RefObject<HTMLElement | null>;
  readonly scrollerRef: (scroller: HTMLElement | Window | null) => void;
};

/**
 * Whether the newest message is followed: from reaching the bottom until the person scrolls up. Being at the
 * bottom right now is not enough, for a burst of messages arrives faster than the list can scroll.
 */
export function useSticking(atFirst: boolean): Sticking {
  const stuck = useRef(atFirst);
  const current = useRef<HTMLElement | null>(null);
  const detach = useRef<() => void>(() => undefined);

  const scrollerRef = useCallback((scroller: HTMLElement | Window | null) => {
    detach.current();
    current.current = scroller instanceof HTMLElement ? scroller : null;
    if (!(scroller instanceof HTMLElement)) return;
    let top = scroller.scrollTop;
    let height = scroller.scrollHeight;
    const onScroll = () => {
      const movedUp = scroller.scrollTop < top - UPWARD_PX;
      if (movedUp && scroller.scrollHeight === height) stuck.current = false;
      top = scroller.scrollTop;
      height = scroller.scrollHeight;
    };
    const onWheel = (event: WheelEvent) => {
      if (event.deltaY < 0) stuck.current = false;
    };
    scroller.addEventListener('scroll', onScroll, { passive: true });
    scroller.addEventListener('wheel', onWheel, { passive: true });
    detach.current = () => {
      scroller.removeEventListener('scroll', onScroll);
      scroller.removeEventListener('wheel', onWheel);
    };
  }, []);

  return { stuck, scroller: current, scrollerRef };
}
