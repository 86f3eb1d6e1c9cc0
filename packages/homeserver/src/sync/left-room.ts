/** A room that the user has left or was banned from, in a sync. */
import { isJsonObject, parseEventId, parseJson, parseUserId } from '@causeway/protocol';
import { type ClientEvent, clientEvents, stateSectionEvent } from '../reading/client-event.ts';
import { formatPageToken } from '../reading/page-token.ts';
import { stateKnownAt } from '../reading/state-known-at.ts';
import { roomViewer } from '../reading/viewer.ts';
import { visibilityTest } from '../reading/visible-events.ts';
import {
  type MembershipRow,
  type RoomRow,
  type remoteMemberships,
  TIMELINE_STRIDE,
} from '../store/schema.ts';
import type { RowOf } from '../store/table.ts';
import type { AccountDataEvent } from './account-data-section.ts';
import { membershipIn, type StateSections, type TimelineSection } from './joined-room.ts';
import { readTimeline } from './room-timeline.ts';
import { stateAtToken, stateSection } from './state-section.ts';
import type { SyncScope } from './sync-scope.ts';

export type LeftRoom = StateSections & {
  readonly timeline: TimelineSection;
  readonly account_data: { readonly events: readonly AccountDataEvent[] };
};

/** What happened in the room until the user was gone, and nothing after it. */
export const leftRoom = async (scope: SyncScope, room: RoomRow, row: MembershipRow): Promise<LeftRoom> => {
  const { engine, reader, viewer, filter, since } = scope;
  const standing = await roomViewer(engine, reader, viewer, room);
  const visibility = await visibilityTest(engine, reader, standing);
  const atToken = await stateAtToken(scope, room.room_nid);
  const wasJoined = atToken !== undefined && (await membershipIn(scope, room, atToken)) === 'join';
  // Beyond what they heard of the room there is only the end of their own membership.
  const departure = Math.min(row.stream, scope.now.stream);
  const heard = Math.min(departure, standing.until.everybody);
  const timeline = await readTimeline(engine, reader, {
    roomId: room.room_id,
    roomNid: room.room_nid,
    after: wasJoined ? since?.stream : since === undefined ? undefined : departure - 1,
    upTo: departure,
    filter: filter.room.timeline,
    visibility,
    ignored: scope.ignored,
    always: row.event_nid,
  });
  // Somebody who was only invited sees the end of the invitation and no other state of the room.
  const seesState = wasJoined || since === undefined;
  const state = seesState
    ? await stateSection(scope, {
        room,
        known: scope.fullState || !wasJoined ? undefined : atToken,
        now: (await stateKnownAt(reader, room.room_nid, heard)) ?? room.state_root,
        timeline: timeline.events,
        limited: timeline.limited || !wasJoined,
        alsoMembers: [viewer.userId],
      })
    : scope.stateAfter
      ? [await engine.events.byNid(reader, row.event_nid)]
      : [];
  const section = { events: state.map((event) => stateSectionEvent(engine, event)) };
  return {
    ...(scope.stateAfter ? { state_after: section } : { state: section }),
    timeline: {
      events: await clientEvents(engine, reader, timeline.events, {
        viewer,
        room,
        visibility,
        withRoomId: false,
        withRelations: timeline.limited,
      }),
      limited: timeline.limited,
      prev_batch: formatPageToken(timeline.prevBatch),
    },
    account_data: { events: [] },
  };
};

/** The end of an invitation or a knock in a room that this server is not in. */
export const leftRemoteRoom = (scope: SyncScope, row: RowOf<typeof remoteMemberships>): LeftRoom => {
  const event = remoteMemberEvent(row);
  const events = event === undefined ? [] : [event];
  return {
    // A client that asks for the state after the timeline takes no state from the timeline itself.
    ...(scope.stateAfter ? { state_after: { events } } : { state: { events: [] } }),
    timeline: {
      events,
      limited: false,
      prev_batch: formatPageToken(row.stream * TIMELINE_STRIDE),
    },
    account_data: { events: [] },
  };
};

/** The membership event of a room without row, for clients. */
export const remoteMemberEvent = (row: RowOf<typeof remoteMemberships>): ClientEvent | undefined => {
  const parsed = parseJson(row.json);
  if (!parsed.ok || !isJsonObject(parsed.value)) return undefined;
  const { type, state_key, content, sender, origin_server_ts } = parsed.value;
  if (typeof type !== 'string' || typeof state_key !== 'string' || !isJsonObject(content)) return undefined;
  const user = typeof sender === 'string' ? parseUserId(sender) : undefined;
  const eventId = parseEventId(row.event_id);
  if (user === undefined || eventId === undefined || typeof origin_server_ts !== 'number') return undefined;
  return {
    event_id: eventId,
    type,
    state_key,
    content,
    sender: user,
    origin_server_ts,
  };
};
