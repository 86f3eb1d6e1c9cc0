import type { MatrixClient, MatrixEvent } from 'matrix-js-sdk';

/**
 * Without what ignored people said, also before one ignored them; who came and went stays:
 * https://spec.matrix.org/latest/client-server-api/#ignoring-users
 */
export function shownEvents(client: MatrixClient, events: readonly MatrixEvent[]): readonly MatrixEvent[] {
  const ignored = new Set(client.getIgnoredUsers());
  if (ignored.size === 0) return events;
  return events.filter((event) => event.isState() || !ignored.has(event.getSender() ?? ''));
}
