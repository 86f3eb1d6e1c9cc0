/** A room as `causeway room inspect` shows it. */
import { aliases, inspectStoredRoom, notFound, type RoomInspection } from '@causeway/homeserver';
import type { WorkspaceContext } from '@causeway/workspace';

/** @throws M_NOT_FOUND */
export const inspectNamedRoom = async (
  { store, serverName }: WorkspaceContext,
  name: string,
): Promise<RoomInspection> => {
  const alias = name.startsWith('#')
    ? await store.read((reader) => reader.get(aliases, { alias: name }))
    : undefined;
  const room = await inspectStoredRoom(store, serverName, alias?.room_id ?? name);
  if (room === undefined) {
    throw notFound(
      `This server is not in ${name}. A room is named by its ID (!…) or by an alias of this server (#name:${serverName}).`,
    );
  }
  return room;
};

/** One thing a line, its name before a tab. */
export const roomInWords = (room: RoomInspection): string => {
  const { memberships, state, timeline, retention, blocked, removal, purge } = room;
  const count = (membership: string) => memberships[membership] ?? 0;
  const more = timeline.atLeast ? 'at least ' : '';
  const lines: readonly (readonly [string, string | undefined])[] = [
    ['room', room.roomId],
    ['name', room.name],
    ['alias', room.canonicalAlias],
    ['aliases here', room.aliases.length > 0 ? room.aliases.join(', ') : undefined],
    ['people', room.name === undefined && room.heroes.length > 0 ? room.heroes.join(', ') : undefined],
    ['version', room.roomVersion],
    ['creator', room.creator],
    ['kind', kindOf(room)],
    [
      'members',
      `${count('join')} joined (${room.localMembers} of this server), ${count('invite')} invited, ${count('knock')} asking, ${count('leave')} left, ${count('ban')} banned`,
    ],
    [
      'servers',
      room.servers.map(({ serverName, joined }) => `${serverName} (${joined})`).join(', ') || 'none',
    ],
    ...room.forwardExtremities.map(
      ({ eventId, type, sender, ts, depth }) =>
        ['extremity', `${eventId} ${type} of ${sender}, ${moment(ts)}, depth ${depth}`] as const,
    ),
    ['state', `${state.events} events now; ${state.nodes} nodes of all states, ${state.bytes} bytes`],
    ['timeline', `${timeline.events} events, ${more}${timeline.bytes} bytes`],
    ['oldest', timeline.oldestTs === undefined ? undefined : moment(timeline.oldestTs)],
    ['newest', timeline.newestTs === undefined ? undefined : moment(timeline.newestTs)],
    ['missing parents', String(room.missingParents)],
    ['not known yet', room.incomplete && notKnownYet(room.incomplete)],
    ['members fetched', room.incomplete?.leftOut && fetchedFrom(room.incomplete.leftOut)],
    ['waiting', `${room.staged} events received and not yet judged`],
    [
      'retention',
      retention.maxAgeMs === undefined
        ? 'messages stay'
        : `messages older than ${retention.maxAgeMs / DAY_MS} days are deleted`,
    ],
    [
      'purged',
      retention.purgedBefore === undefined
        ? undefined
        : `messages from before ${moment(retention.purgedBefore)}`,
    ],
    ['purge under way', purge && `messages from before ${moment(purge.before)}, ${purge.purged} gone`],
    ['closed', blocked && (blocked.reason || 'without a reason')],
    [
      'being removed',
      removal &&
        `${removal.step}, since ${moment(removal.startedTs)}, ${removal.deleted} events gone, ${removal.waiting} to be delivered`,
    ],
  ];
  return lines.flatMap(([label, value]) => (value === undefined ? [] : [`${label}\t${value}`])).join('\n');
};

type NotYetKnown = NonNullable<RoomInspection['incomplete']>;

const notKnownYet = ({ members, others, servers }: NotYetKnown): string | undefined =>
  members + others === 0
    ? undefined
    : `${members} members and ${others} other events of the state, because the keys of ${servers.join(', ')} can not be had`;

const fetchedFrom = ({ server, total, tries, reason, nextTs }: NonNullable<NotYetKnown['leftOut']>): string =>
  [
    `most of ${total === undefined ? 'its' : `about ${total}`} members were left out when it was joined, and are fetched from ${server} and others`,
    ...(tries === 0 ? [] : [`tried in vain ${tries} times, again at ${moment(nextTs)}: ${reason ?? ''}`]),
  ].join('; ');

const DAY_MS = 24 * 3600 * 1000;

const moment = (ts: number): string => new Date(ts).toISOString();

const kindOf = (room: RoomInspection): string =>
  [
    room.roomType ?? 'room',
    `join rule ${room.joinRule}`,
    `history ${room.historyVisibility}`,
    room.encrypted ? 'encrypted' : 'not encrypted',
    room.federate ? 'other servers can join' : 'of this server only',
    ...(room.published ? ['in the directory'] : []),
  ].join(', ');
