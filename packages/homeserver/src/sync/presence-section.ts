/** Presence in a sync: everybody whose presence changed, and at first everybody who is there. */
import type { JsonObject, UserId } from '@causeway/protocol';
import { presenceContent, visiblePeople } from '../ephemeral/read-presence.ts';
import { passesEventFilter } from './filter.ts';
import type { SyncScope } from './sync-scope.ts';

/** People looked at in one sync, those with the newest changes first. */
const MAX_PEOPLE = 1_000;

export type PresenceEvent = { readonly type: string; readonly sender: UserId; readonly content: JsonObject };

export const presenceSection = async (scope: SyncScope): Promise<readonly PresenceEvent[]> => {
  const { engine, reader, viewer, since, fullState, filter } = scope;
  const all = since === undefined || fullState;
  const changed = engine.presence.changedAfter(all ? 0 : since.typing).slice(-MAX_PEOPLE);
  const people = all ? changed.filter((userId) => engine.presence.get(userId).state !== 'offline') : changed;
  const visible = await visiblePeople(engine, reader, viewer, people);
  return visible
    .map((sender) => ({ type: 'm.presence', sender, content: presenceContent(engine, sender) }))
    .filter((event) => passesEventFilter(filter.presence, event));
};
