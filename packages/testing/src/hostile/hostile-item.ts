/** What a corpus of hostile events consists of, and how its items are written down. */
import { type JsonObject, lenientCanonicalJson, type UnsignedPdu } from '@causeway/protocol';
import { type Ground, type Made, madeEvent, spoilt } from './hostile-event.ts';

/**
 * `accepted`, `rejected` and `soft-failed` are kept; of `redacted` what its hash does not cover is gone; `dropped` is
 * kept nowhere.
 */
export type EventVerdict = 'accepted' | 'redacted' | 'rejected' | 'dropped';

export type HostileEvent = {
  readonly name: string;
  readonly verdict: EventVerdict;
  /** What is said of it to its sender, or kept with it. */
  readonly reason?: RegExp;
  /** The text that is sent; its event ID is that of the event before it was spoilt. */
  readonly make: (ground: Ground) => Promise<{ readonly made: Made; readonly text: string }>;
};

export type Change = Partial<UnsignedPdu> | ((ground: Ground) => Partial<UnsignedPdu>);

export const changed =
  (change: Change): HostileEvent['make'] =>
  async (ground) => {
    const made = await madeEvent(ground, typeof change === 'function' ? change(ground) : change);
    return { made, text: lenientCanonicalJson(made.pdu) };
  };

export const spoiltAt =
  (path: string, text: string, change: Partial<UnsignedPdu> = {}): HostileEvent['make'] =>
  async (ground) => {
    const made = await madeEvent(ground, change);
    return { made, text: spoilt(made.pdu, path.split('/'), text) };
  };

export const nested = (levels: number): string => `${'['.repeat(levels)}${']'.repeat(levels)}`;

export const dropped = (name: string, path: string, text: string, reason: RegExp): HostileEvent => ({
  name,
  verdict: 'dropped',
  reason,
  make: spoiltAt(path, text),
});

export const message = (content: JsonObject): Partial<UnsignedPdu> => ({ content });
export const state = (type: string, content: JsonObject, state_key = ''): Partial<UnsignedPdu> => ({
  type,
  state_key,
  content,
});
export const accepted = (name: string, change: Change): HostileEvent => ({
  name,
  verdict: 'accepted',
  make: changed(change),
});

export const rejected = (name: string, reason: RegExp, change: Change): HostileEvent => ({
  name,
  verdict: 'rejected',
  reason,
  make: changed(change),
});
