import type { Room } from 'matrix-js-sdk';
import { useObservable } from '../frame/observable.ts';
import { PinsPanel } from './pins-panel.tsx';
import { closeSidePanel, sidePanel } from './side-panel.ts';
import { ThreadList } from './thread-list.tsx';
import { ThreadPanel } from './thread-panel.tsx';

/** The panel of threads or pinned messages, when one is open. */
export function SidePanels({ room }: { room: Room }) {
  const side = useObservable(sidePanel);
  switch (side?.kind) {
    case undefined:
      return null;
    case 'threads':
      return <ThreadList room={room} onClose={closeSidePanel} />;
    case 'pins':
      return <PinsPanel room={room} onClose={closeSidePanel} />;
    case 'thread':
      return <ThreadPanel key={side.rootId} room={room} rootId={side.rootId} onClose={closeSidePanel} />;
  }
}
