/** Keys of people of other servers: those that are followed from here, the others as their servers tell them. */
import { type ServerName, serverNameOf, type UserId } from '@causeway/protocol';
import type { Engine } from '../../engine.ts';
import { followedKeys } from '../lists/follow-lists.ts';
import { askForKeys } from './ask-for-keys.ts';
import { type Asking, askServers, type Failures } from './ask-servers.ts';
import type { KeysAskedFor, PersonKeys } from './people-keys.ts';

/** Whose server gave no answer is missing, and the server is among the failures. */
export const keysElsewhere = async (
  engine: Engine,
  asked: KeysAskedFor,
  asking: Asking,
): Promise<{ readonly people: ReadonlyMap<UserId, PersonKeys>; readonly failures: Failures }> => {
  const found = new Map<UserId, PersonKeys>();
  const { answers, failures } = await askServers(engine, byServer(asked), asking, async (ask, people) => {
    const known = await followedKeys(engine, [...people.keys()]);
    for (const [userId, keys] of known) found.set(userId, withDevices(keys, people.get(userId) ?? []));
    const others = new Map([...people].filter(([userId]) => !known.has(userId)));
    return others.size === 0 ? { ok: true, answer: new Map() } : askForKeys(ask, others);
  });
  return { people: new Map([...found, ...answers.flatMap((answer) => [...answer])]), failures };
};

/** Those devices that were asked for; an empty list means all. */
const withDevices = (keys: PersonKeys, wanted: readonly string[]): PersonKeys => ({
  ...keys,
  devices: new Map([...keys.devices].filter(([id]) => wanted.length === 0 || wanted.includes(id))),
});

/** In one request to another server: with a few devices each, its answer is below what is read of one. */
const PEOPLE_IN_A_REQUEST = 1_000;

/** People by the server that knows them, a server once for so many of them. */
export const byServer = <V>(
  asked: ReadonlyMap<UserId, V>,
): readonly (readonly [ServerName, ReadonlyMap<UserId, V>])[] => {
  const servers = Map.groupBy(asked, ([userId]) => serverNameOf(userId));
  return [...servers].flatMap(([server, people]) =>
    Array.from(
      { length: Math.ceil(people.length / PEOPLE_IN_A_REQUEST) },
      (_, part) =>
        [
          server,
          new Map(people.slice(part * PEOPLE_IN_A_REQUEST, (part + 1) * PEOPLE_IN_A_REQUEST)),
        ] as const,
    ),
  );
};
