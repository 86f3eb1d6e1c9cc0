/** What of a room's state goes over into the room that replaces it. */
import {
  isJsonObject,
  type JsonObject,
  type JsonValue,
  type RoomVersionRules,
  type UserId,
} from '@causeway/protocol';
import type { StoredEvent } from '../rooms/event-cache.ts';

type StateEventContent = { readonly type: string; readonly state_key: string; readonly content: JsonObject };

/** @see https://spec.matrix.org/v1.19/client-server-api/#server-behaviour-18 */
const CARRIED: ReadonlySet<string> = new Set([
  'm.room.server_acl',
  'm.room.encryption',
  'm.room.name',
  'm.room.avatar',
  'm.room.topic',
  'm.room.guest_access',
  'm.room.history_visibility',
  'm.space.child',
  'm.space.parent',
]);

/** Bans that are carried; more are somebody's attack. */
const MAX_BANS = 2_000;

/** Everything but power levels and aliases, which are not simply copied. */
export const carriedState = (
  state: readonly StoredEvent[],
  rules: RoomVersionRules,
): readonly StateEventContent[] => {
  const copied = state.filter(({ pdu }) => CARRIED.has(pdu.type)).map(contentOf);
  const joinRules = state.filter(({ pdu }) => pdu.type === 'm.room.join_rules').map(contentOf);
  const bans = state
    .filter(({ pdu }) => pdu.type === 'm.room.member' && pdu.content.membership === 'ban')
    .slice(0, MAX_BANS)
    .map(({ pdu }) => ({
      type: pdu.type,
      state_key: pdu.state_key ?? '',
      content: {
        membership: 'ban',
        ...(typeof pdu.content.reason === 'string' ? { reason: pdu.content.reason } : {}),
      },
    }));
  return [
    ...copied,
    ...joinRules.map((event) => ({ ...event, content: joinRulesIn(rules, event.content) })),
    ...bans,
  ];
};

const contentOf = ({ pdu }: StoredEvent): StateEventContent => ({
  type: pdu.type,
  state_key: pdu.state_key ?? '',
  content: pdu.content,
});

/** A rule that the new version does not know becomes the nearest one that lets in nobody else. */
const joinRulesIn = (rules: RoomVersionRules, content: JsonObject): JsonObject => {
  const known: { readonly [rule: string]: boolean } = {
    public: true,
    invite: true,
    private: true,
    knock: rules.knock,
    restricted: rules.restrictedJoins,
    knock_restricted: rules.knockRestrictedJoins,
  };
  const rule = String(content.join_rule);
  if (known[rule] === true) return content;
  if (rule === 'knock_restricted' && rules.restrictedJoins) return { ...content, join_rule: 'restricted' };
  return { join_rule: 'invite' };
};

export type LevelsToCarry = {
  readonly content: JsonObject;
  readonly rules: RoomVersionRules;
  /** Creators of the old room, where these have no level. */
  readonly oldCreators: readonly UserId[];
  readonly newCreators: readonly UserId[];
};

/** The highest level of rooms whose creators have one like everybody else. */
const ADMIN = 100;

/**
 * The old levels as the new version has them. Where creators stand above all levels they must not be listed;
 * where they do not, they are admins, and no level is above theirs.
 */
export const carriedLevels = ({ content, rules, oldCreators, newCreators }: LevelsToCarry): JsonObject => {
  const users = levelsIn(content.users);
  for (const creator of oldCreators) users.set(creator, Math.max(users.get(creator) ?? 0, ADMIN));
  if (rules.privilegedCreators) for (const creator of newCreators) users.delete(creator);
  const highest = rules.privilegedCreators ? Number.MAX_SAFE_INTEGER : Math.max(ADMIN, ...users.values());
  const actions = ['users_default', 'events_default', 'state_default', 'ban', 'kick', 'redact', 'invite'];
  return {
    ...Object.fromEntries(
      actions.flatMap((name) => {
        const level = levelOf(content[name]);
        return level === undefined ? [] : [[name, Math.min(level, highest)]];
      }),
    ),
    users: Object.fromEntries(users),
    events: Object.fromEntries(
      [...levelsIn(content.events)].map(([type, level]) => [type, Math.min(level, highest)]),
    ),
    notifications: Object.fromEntries(levelsIn(content.notifications)),
  };
};

/** With the sender as an admin, so that everything else can be set up. */
export const withAdmin = (content: JsonObject, userId: UserId): JsonObject => {
  const users = isJsonObject(content.users) ? content.users : {};
  const events = levelsIn(content.events);
  const level = Math.max(ADMIN, ...levelsIn(users).values(), ...events.values());
  return { ...content, users: { ...users, [userId]: level } };
};

const levelsIn = (value: JsonValue | undefined): Map<string, number> => {
  const found = new Map<string, number>();
  for (const [key, entry] of Object.entries(isJsonObject(value) ? value : {})) {
    const level = levelOf(entry);
    if (level !== undefined) found.set(key, level);
  }
  return found;
};

/** Older versions take levels as text. */
const levelOf = (value: JsonValue | undefined): number | undefined => {
  const level = typeof value === 'string' && /^-?\d{1,15}$/.test(value) ? Number(value) : value;
  return typeof level === 'number' && Number.isSafeInteger(level) ? level : undefined;
};
