/**
 * Invitations and knocks: what somebody outside a room is shown of it.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#stripped-state
 */
import {
  isJsonArray,
  isJsonObject,
  type JsonObject,
  parseJson,
  STRIPPED_STATE_TYPES,
} from '@causeway/protocol';
import { stateEvent } from '../rooms/current-state.ts';
import type { StoredEvent } from '../rooms/event-cache.ts';
import type { MembershipRow, RoomRow, remoteMemberships } from '../store/schema.ts';
import type { RowOf } from '../store/table.ts';
import { remoteMemberEvent } from './left-room.ts';
import type { SyncScope } from './sync-scope.ts';

type StrippedState = { readonly events: readonly JsonObject[] };

/** Of a room this server is in. */
export const strippedStateOf = async (
  scope: SyncScope,
  room: RoomRow,
  row: MembershipRow,
): Promise<StrippedState> => {
  const { engine, reader } = scope;
  const own = await engine.events.byNid(reader, row.event_nid);
  const found: StoredEvent[] = [];
  for (const type of STRIPPED_STATE_TYPES) {
    const event = await stateEvent(engine, reader, room, type, '');
    if (event !== undefined) found.push(event);
  }
  if (own.pdu.sender !== scope.viewer.userId) {
    const inviter = await stateEvent(engine, reader, room, 'm.room.member', own.pdu.sender);
    if (inviter !== undefined) found.push(inviter);
  }
  return { events: [...found.map(stripped), strippedMember(own)] };
};

/** Of a room that this server knows from the invitation alone. */
export const strippedStateOfRemote = (
  row: RowOf<typeof remoteMemberships>,
  userId: string,
): StrippedState => {
  const parsed = parseJson(row.stripped_state);
  const events =
    parsed.ok && isJsonArray(parsed.value) ? parsed.value.filter((event) => isJsonObject(event)) : [];
  const others = events.filter((event) => event.type !== 'm.room.member' || event.state_key !== userId);
  const own = remoteMemberEvent(row);
  return { events: own === undefined ? others : [...others, { ...own }] };
};

const stripped = ({ pdu }: StoredEvent): JsonObject => ({
  type: pdu.type,
  state_key: pdu.state_key ?? '',
  content: pdu.content,
  sender: pdu.sender,
});

/** The invitation itself, with its ID and time: clients show when it came. */
const strippedMember = (event: StoredEvent): JsonObject => ({
  ...stripped(event),
  event_id: event.eventId,
  origin_server_ts: event.pdu.origin_server_ts,
});
