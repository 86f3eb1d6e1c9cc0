import { MatrixEvent } from 'matrix-js-sdk';
import { describe, expect, it } from 'vitest';
import { buildTimeline } from './build-timeline.ts';
import { toTimelineEvent } from './to-timeline-event.ts';

const raw = (unsigned: object, id = '$a') => ({
  event_id: id,
  type: 'm.room.message',
  room_id: '!room:north.test',
  sender: '@mallory:north.test',
  origin_server_ts: 1,
  content: {},
  unsigned,
});

describe('an event of a person whose account was erased', () => {
  it('is known as such, and not taken for one that was deleted', () => {
    const made = toTimelineEvent(new MatrixEvent(raw({ 'org.causeway.erased': true })));
    expect(made).toMatchObject({ erased: true, redactedBy: undefined, content: {} });
    expect(toTimelineEvent(new MatrixEvent(raw({}))).erased).toBe(false);
  });

  it('is shown once, whatever was edited', () => {
    const events = [
      raw({ 'org.causeway.erased': true }, '$original'),
      raw({ 'org.causeway.erased': true, 'org.causeway.replaces': '$original' }, '$edit'),
    ].map((event) => toTimelineEvent(new MatrixEvent(event)));
    const items = buildTimeline(events, {
      myself: '@ada:north.test',
      readUpTo: undefined,
      hasOlder: false,
      pageStarts: new Set(),
    });
    const messages = items.filter((item) => item.kind === 'message');
    expect(messages).toMatchObject([{ event: { id: '$original', erased: true }, edited: false }]);
  });

  it('stays in its thread', () => {
    const unsigned = { 'org.causeway.erased': true, 'org.causeway.thread_root': '$root' };
    expect(toTimelineEvent(new MatrixEvent(raw(unsigned, '$reply'))).threadRoot).toBe('$root');
  });
});
