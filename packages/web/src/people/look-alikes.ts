import { type MatrixClient, RoomMemberEvent, RoomStateEvent, UserEvent } from 'matrix-js-sdk';
import { serverNameOf } from './organisation.ts';
import { plainName } from './plain-name.ts';
import { skeletonOf } from './skeleton.ts';

export type Named = { readonly userId: string; readonly name: string };

/** The people one knows, by what their names look like. */
export type NamesByLook = ReadonlyMap<string, readonly Named[]>;

export function byLook(people: Iterable<Named>): NamesByLook {
  const names = new Map<string, Named[]>();
  for (const person of people) {
    const look = skeletonOf(person.name);
    const others = names.get(look);
    if (others) others.push(person);
    else if (look) names.set(look, [person]);
  }
  return names;
}

/**
 * Somebody else whose name is written with other letters and looks the same. Of two such names neither is known to
 * be the true one, so both have a mark; but nobody of one's own organisation is taken for an outsider.
 */
export function imitatedBy(
  { userId, name }: Named,
  known: NamesByLook,
  ownServer: string,
): Named | undefined {
  const own = serverNameOf(userId) === ownServer;
  const others = (known.get(skeletonOf(name)) ?? []).filter(
    (other) =>
      other.userId !== userId && other.name !== name && (!own || serverNameOf(other.userId) === ownServer),
  );
  return others.find((other) => serverNameOf(other.userId) === ownServer) ?? others[0];
}

const known = new WeakMap<MatrixClient, { names: NamesByLook | undefined }>();

/** Everybody whom this client has seen in a room; made anew when somebody comes or is called otherwise. */
export function knownNames(client: MatrixClient): NamesByLook {
  const kept = known.get(client) ?? follow(client);
  kept.names ??= byLook(
    client.getUsers().map(({ userId, rawDisplayName, displayName }) => ({
      userId,
      name: plainName(rawDisplayName ?? displayName ?? ''),
    })),
  );
  return kept.names;
}

function follow(client: MatrixClient): { names: NamesByLook | undefined } {
  const kept: { names: NamesByLook | undefined } = { names: undefined };
  const forget = () => {
    kept.names = undefined;
  };
  client.on(RoomStateEvent.NewMember, forget);
  client.on(RoomMemberEvent.Name, forget);
  client.on(UserEvent.DisplayName, forget);
  known.set(client, kept);
  return kept;
}
