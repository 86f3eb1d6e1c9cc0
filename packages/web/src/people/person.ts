import type { Room } from 'matrix-js-sdk';
import { localpartOf, serverNameOf } from './organisation.ts';
import { plainName } from './plain-name.ts';

export type Person = {
  readonly userId: string;
  readonly name: string;
  readonly avatar: string | undefined;
  readonly organisation: string;
};

/** A person as a room knows them. */
export function personIn(room: Room, userId: string): Person {
  const member = room.getMember(userId);
  return {
    userId,
    name:
      member?.rawDisplayName && member.rawDisplayName !== userId
        ? plainName(member.rawDisplayName) || localpartOf(userId)
        : localpartOf(userId),
    avatar: member?.getMxcAvatarUrl() ?? undefined,
    organisation: serverNameOf(userId),
  };
}
