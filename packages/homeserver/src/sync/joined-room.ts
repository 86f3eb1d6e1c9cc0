/** A joined room in a sync. */
import type { JsonObject } from '@causeway/protocol';
import { type ClientEvent, clientEvents, stateSectionEvent } from '../reading/client-event.ts';
import { formatPageToken } from '../reading/page-token.ts';
import { stateKnownAt } from '../reading/state-known-at.ts';
import { roomViewer } from '../reading/viewer.ts';
import { visibilityTest } from '../reading/visible-events.ts';
import { otherServers } from '../rooms/servers-in-room.ts';
import type { StateRoot } from '../rooms/state-map.ts';
import type { MembershipRow, RoomRow } from '../store/schema.ts';
import { type AccountDataEvent, roomAccountData } from './account-data-section.ts';
import { ephemeralSection } from './ephemeral-section.ts';
import { passesEventFilter, passesRoom } from './filter.ts';
import { type RoomSummary, roomSummary } from './room-summary.ts';
import { readTimeline, type Timeline } from './room-timeline.ts';
import { stateAtToken, stateSection } from './state-section.ts';
import { beganToHear, type SyncScope } from './sync-scope.ts';
import { type UnreadCount, unreadCounts } from './unread-counts.ts';

export type TimelineSection = {
  readonly events: readonly ClientEvent[];
  readonly limited: boolean;
  readonly prev_batch: string;
};

export type StateSections = {
  readonly state?: { readonly events: readonly ClientEvent[] };
  readonly state_after?: { readonly events: readonly ClientEvent[] };
};

export type JoinedRoom = StateSections & {
  readonly summary: Partial<RoomSummary>;
  readonly timeline: TimelineSection;
  readonly ephemeral: { readonly events: readonly { readonly type: string; readonly content: JsonObject }[] };
  readonly account_data: { readonly events: readonly AccountDataEvent[] };
  readonly unread_notifications: UnreadCount;
  readonly unread_thread_notifications?: { readonly [threadId: string]: UnreadCount };
};

const NO_UNREAD: UnreadCount = { notification_count: 0, highlight_count: 0 };

/** Undefined when there is nothing to say about the room. */
export const joinedRoom = async (
  scope: SyncScope,
  room: RoomRow,
  row: MembershipRow,
  changedData: readonly AccountDataEvent[],
): Promise<JoinedRoom | undefined> => {
  const { engine, reader, viewer, filter, now } = scope;
  const standing = await roomViewer(engine, reader, viewer, room);
  const until = Math.min(now.stream, standing.until.everybody);
  // They heard all that they may hear of this room.
  if (until < now.stream && scope.since !== undefined && Math.max(until, row.stream) <= scope.since.stream) {
    return undefined;
  }
  const others = await otherServers(engine, reader, room.room_nid);
  const isAgain = others.length > 0 && beganToHear(scope, others);
  const known = isAgain ? undefined : await knownState(scope, room, row);
  const isNew = known === undefined;
  const stateNow = (await stateKnownAt(reader, room.room_nid, until)) ?? room.state_root;
  const visibility = await visibilityTest(engine, reader, standing);
  const timeline = await readTimeline(engine, reader, {
    roomId: room.room_id,
    roomNid: room.room_nid,
    after: isNew ? undefined : scope.since?.stream,
    upTo: until,
    filter: filter.room.timeline,
    visibility,
    ignored: scope.ignored,
  });
  const wantsMembers = isNew || scope.fullState;
  const summary =
    isNew || scope.fullState || hasMemberChange(timeline) || !sameRoot(known, stateNow)
      ? await roomSummary(scope, room)
      : undefined;
  const state = await stateSection(scope, {
    room,
    known: scope.fullState ? undefined : known,
    now: stateNow,
    timeline: timeline.events,
    limited: timeline.limited || isNew,
    alsoMembers: wantsMembers ? [viewer.userId, ...(summary?.['m.heroes'] ?? [])] : [],
  });
  const ephemeral =
    until === now.stream && passesRoom(filter.room.ephemeral, room.room_id)
      ? await ephemeralSection(scope, room.room_nid, isNew || scope.fullState)
      : [];
  const data = (
    isNew && scope.since !== undefined ? await roomAccountData(scope, room.room_id) : changedData
  ).filter(
    (event) =>
      passesRoom(filter.room.accountData, room.room_id) && passesEventFilter(filter.room.accountData, event),
  );
  const nothing =
    timeline.events.length + state.length + ephemeral.length + data.length === 0 && !timeline.limited;
  if (nothing && !isNew && !scope.fullState) return undefined;

  const counts = await unreadCounts(engine, reader, {
    ...viewer,
    roomNid: room.room_nid,
    apart: filter.room.timeline.unreadThreadNotifications,
  });
  const section = { events: state.map((event) => stateSectionEvent(engine, event)) };
  return {
    summary: summary ?? {},
    ...(scope.stateAfter ? { state_after: section } : { state: section }),
    timeline: {
      events: await clientEvents(engine, reader, timeline.events, {
        viewer,
        room,
        visibility,
        withRoomId: false,
        withRelations: isNew || timeline.limited,
      }),
      // The client drops what it has of a room whose timeline is limited.
      limited: timeline.limited || scope.startsAnew,
      prev_batch: formatPageToken(timeline.prevBatch),
    },
    ephemeral: { events: ephemeral },
    account_data: { events: data },
    // What they do not hear of does not call them either.
    unread_notifications: until < now.stream ? NO_UNREAD : counts.main,
    ...(filter.room.timeline.unreadThreadNotifications && until === now.stream
      ? { unread_thread_notifications: Object.fromEntries(counts.threads) }
      : {}),
  };
};

/** The state the client has of this room; undefined when it was not joined at its token. */
const knownState = async (
  scope: SyncScope,
  room: RoomRow,
  row: MembershipRow,
): Promise<StateRoot | undefined> => {
  const { since } = scope;
  if (since === undefined) return undefined;
  const known = await stateAtToken(scope, room.room_nid);
  if (known === undefined || row.stream <= since.stream) return known;
  return (await membershipIn(scope, room, known)) === 'join' ? known : undefined;
};

/** The viewer's membership in a state. */
export const membershipIn = async (
  { engine, reader, viewer }: SyncScope,
  room: RoomRow,
  root: StateRoot,
): Promise<unknown> => {
  const key = await engine.names.stateKeyNid(reader, 'm.room.member', viewer.userId);
  const nid = key === undefined ? undefined : await engine.states.get(reader, room.room_nid, root, key);
  return nid === undefined ? undefined : (await engine.events.byNid(reader, nid)).pdu.content.membership;
};

const hasMemberChange = (timeline: Timeline): boolean =>
  timeline.events.some((event) => event.pdu.type === 'm.room.member');

const sameRoot = (a: StateRoot, b: StateRoot): boolean => a === b || Buffer.compare(a, b) === 0;
