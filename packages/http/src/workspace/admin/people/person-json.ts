import { roomsOfUser } from '@causeway/homeserver';
import type { UserId } from '@causeway/protocol';
import { type ListedPerson, type Person, readPerson } from '@causeway/workspace';
import { fresh } from '../../workspace-api.ts';
import type { AdminCall } from '../admin-route.ts';

export const listedPersonJson = (person: ListedPerson) => ({
  user_id: person.userId,
  ...(person.displayName === undefined ? {} : { display_name: person.displayName }),
  ...(person.avatarUrl === undefined ? {} : { avatar_url: person.avatarUrl }),
  role: person.role,
  state: person.state,
  created_ts: person.createdTs,
  ...(person.lastSeenTs === undefined ? {} : { last_seen_ts: person.lastSeenTs }),
  sessions: person.sessions,
  permissions: person.permissions,
  ...(person.email === undefined ? {} : { email: person.email }),
  email_verified: person.emailVerifiedBy !== undefined,
  ...(person.emailVerifiedBy === undefined ? {} : { email_verified_by: person.emailVerifiedBy }),
});

const personJson = (person: Person) => ({
  ...listedPersonJson(person),
  version: person.version,
  ...(person.changedTs === undefined ? {} : { changed_ts: person.changedTs, changed_by: person.changedBy }),
  granted: person.granted,
  sign_in_methods: person.signInMethods,
  ...(person.passwordLinkExpiresTs === undefined
    ? {}
    : { password_link_expires_ts: person.passwordLinkExpiresTs }),
  ...(person.deactivatedTs === undefined ? {} : { deactivated_ts: person.deactivatedTs }),
  leaving: person.leaving,
});

/** The person as they are now, with the rooms they are in: what every change is answered with. */
export const answerWithPerson = async (
  { workspace, engine }: AdminCall,
  userId: UserId,
  further: object = {},
): Promise<object> => {
  const person = await readPerson(workspace, userId);
  const joined = (await roomsOfUser(engine, userId)).filter(({ membership }) => membership === 'join');
  const outsiders = new Set(joined.flatMap((room) => room.outsiders));
  return fresh({
    person: {
      ...personJson(person),
      rooms: {
        joined: joined.length,
        /** Those that are shared with other organisations, and with which. */
        shared: joined.filter((room) => room.outsiders.length > 0).length,
        organisations: [...outsiders].sort(),
      },
    },
    ...further,
  });
};
