import type { Room, RoomMember } from 'matrix-js-sdk';
import { localpartOf, serverNameOf } from './organisation.ts';
import { plainName } from './plain-name.ts';

export type Person = {
  readonly userId: string;
  readonly name: string;
  readonly avatar: string | undefined;
  readonly organisation: string;
  /** Whether somebody else in the room has the same name, so that the ID has to stand beside it. */
  readonly ambiguous: boolean;
};

/** `personIn` that looks everybody up once, for a long list. */
export function rememberPeople(room: Room): (userId: string) => Person {
  const people = new Map<string, Person>();
  return (userId) => {
    const person = people.get(userId) ?? personIn(room, userId);
    people.set(userId, person);
    return person;
  };
}

type Shown = { readonly name: string; readonly avatar: string | undefined };

/** The last name and picture of people in each room: who is removed keeps them. */
const lastShown = new WeakMap<Room, Map<string, Shown>>();

/** A person as a room knows them, or knew them last. */
export function personIn(room: Room, userId: string): Person {
  const member = room.getMember(userId);
  const gone = member?.membership === 'leave' || member?.membership === 'ban';
  const shown = (member && shownOf(member)) ?? (gone ? beforeGoing(room, member) : undefined);
  if (shown) remember(room, userId, shown);
  return {
    userId,
    name: shown?.name ?? localpartOf(userId),
    avatar: shown ? shown.avatar : (member?.getMxcAvatarUrl() ?? undefined),
    organisation: serverNameOf(userId),
    ambiguous: member !== null && hasNamesake(room, member),
  };
}

/** As clients have to tell people apart: https://spec.matrix.org/v1.19/client-server-api/#calculating-the-display-name-for-a-user */
function hasNamesake(room: Room, { userId, rawDisplayName }: RoomMember): boolean {
  if (!rawDisplayName || rawDisplayName === userId) return false;
  return room.currentState.getUserIdsWithDisplayName(rawDisplayName).some((other) => {
    const membership = other === userId ? undefined : room.getMember(other)?.membership;
    return membership === 'join' || membership === 'invite';
  });
}

function shownOf(member: RoomMember): Shown | undefined {
  const { rawDisplayName, userId } = member;
  const name = rawDisplayName && rawDisplayName !== userId ? plainName(rawDisplayName) : '';
  if (!name) return undefined;
  return { name, avatar: member.getMxcAvatarUrl() ?? undefined };
}

/** Who removes somebody does not repeat their name; the membership before it does. */
function beforeGoing(room: Room, member: RoomMember): Shown | undefined {
  const before = member.events.member?.getPrevContent() ?? {};
  const name = typeof before.displayname === 'string' ? plainName(before.displayname) : '';
  if (!name) return lastShown.get(room)?.get(member.userId);
  return { name, avatar: typeof before.avatar_url === 'string' ? before.avatar_url : undefined };
}

function remember(room: Room, userId: string, shown: Shown): void {
  const people = lastShown.get(room) ?? new Map<string, Shown>();
  lastShown.set(room, people);
  people.set(userId, shown);
}
