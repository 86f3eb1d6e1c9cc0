import { expect, it } from 'vitest';
import { StagedRooms } from './staged-rooms.ts';

it('has one timer for a room, and a pause for each event that lacks its ancestors', () => {
  let now = 0;
  const planned: { readonly ms: number; readonly callback: () => void }[] = [];
  const clock = {
    now: () => now,
    schedule: (ms: number, callback: () => void) => {
      const timer = { ms, callback };
      planned.push(timer);
      return { [Symbol.dispose]: () => void planned.splice(planned.indexOf(timer), 1) };
    },
  };
  const rooms = new StagedRooms();
  const pdu = (number: number, origin = 'north.test') => ({ event_id: `$${number}`, origin });
  for (let sequence = 1; sequence <= 50; sequence++) {
    rooms.pause(clock, pdu(sequence), 1_000 * sequence);
    rooms.runLater(clock, '!room', 1_000 * sequence, () => {});
  }
  expect(planned.map(({ ms }) => ms)).toEqual([1_000]);
  now = 1_000;
  // Work for the first passes the others, and must not ask for their ancestors each time.
  expect([1, 2, 50, 51].map((sequence) => rooms.pauseOf(clock, pdu(sequence)))).toEqual([
    0, 1_000, 49_000, 0,
  ]);
  expect(rooms.pauseOf(clock, pdu(50, 'south.test'))).toBe(0);
});
