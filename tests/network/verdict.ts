/**
 * What must be so when all is well again, between honest servers that are in the room.
 *
 * The state before an event follows from the events before it, and so does whether it is rejected: these are equal on
 * all servers that have the events. (A copy that a liar altered is redacted by who gets it, and judged so: a redaction in
 * room versions 1 and 2 is then one of nothing.) Soft failure asks what a server knew when the event came, so it may differ; but
 * what was said after everything had been delivered is nowhere soft-failed. The current state follows from the
 * forward extremities, which are equal once everybody has spoken.
 *
 * @see https://spec.matrix.org/v1.19/server-server-api/#checks-performed-on-receipt-of-a-pdu
 * @see https://spec.matrix.org/v1.19/server-server-api/#soft-failure
 */
import { createHash } from 'node:crypto';
import {
  getRoomVersion,
  lenientCanonicalJson,
  type Pdu,
  prevEventIds,
  redact,
  serverNameOf,
  stateKeyOf,
} from '@causeway/protocol';
import type { Host } from './host.ts';
import { isInRoom } from './host.ts';
import type { Life } from './life.ts';
import { type RoomView, stateText, viewRoom } from './room-reading.ts';

/** What an event of ours names at most as its parents, and so what is left of any number of forks. */
const MOST_EXTREMITIES = 10;

export type Verdict = {
  readonly faults: readonly string[];
  /** Pairs of servers with the same current state. */
  readonly compared: number;
  /** Pairs of servers of which one does not see the other in the room any more. */
  readonly apart: number;
  readonly events: number;
  readonly softFailed: number;
  readonly rejected: number;
  readonly digest: string;
};

type Seen = { readonly host: Host; readonly view: RoomView };

export const examine = async (life: Life, honest: readonly Host[]): Promise<Verdict> => {
  const all: Seen[] = [];
  const inside: Seen[] = [];
  for (const host of honest) {
    const view = await viewRoom(host.engine, life.roomId);
    if (view === undefined) continue;
    all.push({ host, view });
    if (await isInRoom(host, life.roomId)) inside.push({ host, view });
  }
  const pairs = pairsOf(inside);
  const faults = [
    ...inside.flatMap((seen) => extremityFaults(seen)),
    ...pairs.flatMap(([a, b]) => firstDifference(a, b) ?? []).slice(0, 3),
    ...(await differentVerdicts(inside)),
    ...forgeries(all),
    ...unheard(life, pairs),
  ];
  const stored = inside.flatMap(({ view }) => [...view.byId.values()]);
  return {
    faults,
    compared: pairs.length,
    apart: (inside.length * (inside.length - 1)) / 2 - pairs.length,
    events: Math.max(0, ...all.map(({ view }) => view.byId.size)),
    softFailed: stored.filter((event) => event.verdict === 'soft-failed').length,
    rejected: stored.filter((event) => event.verdict === 'rejected').length,
    digest: digestOf(all),
  };
};

/** Two servers of which each has a member of the other in its current state: they go on telling each other everything. */
const pairsOf = (inside: readonly Seen[]): readonly (readonly [Seen, Seen])[] =>
  inside.flatMap((a, index) =>
    inside
      .slice(index + 1)
      .flatMap((b): (readonly [Seen, Seen])[] =>
        sees(a, b) && sees(b, a) && !a.host.misled && !b.host.misled ? [[a, b]] : [],
      ),
  );

const sees = ({ view }: Seen, { host }: Seen): boolean =>
  host.users.some((user) => {
    const eventId = view.state.get(stateKeyOf('m.room.member', user));
    return eventId !== undefined && view.byId.get(eventId)?.pdu.content['membership'] === 'join';
  });

const firstDifference = (a: Seen, b: Seen): string | undefined => {
  for (const key of new Set([...a.view.state.keys(), ...b.view.state.keys()])) {
    const [one, other] = [a.view.state.get(key), b.view.state.get(key)];
    if (one === other) continue;
    return `state ${key.replace('\0', ' ')}: ${told(a, one)}, ${told(b, other)}`;
  }
  return undefined;
};

const told = ({ host, view }: Seen, eventId: string | undefined): string => {
  const event = eventId === undefined ? undefined : view.byId.get(eventId);
  return `${host.name} has ${eventId ?? 'nothing'} ${JSON.stringify(event?.pdu.content ?? {})}`;
};

const extremityFaults = ({ host, view }: Seen): readonly string[] => {
  const faults: string[] = [];
  if (view.extremities.length === 0 || view.extremities.length > MOST_EXTREMITIES)
    faults.push(`${host.name} has ${view.extremities.length} forward extremities`);
  for (const id of view.extremities) {
    const verdict = view.byId.get(id)?.verdict;
    if (verdict !== 'accepted') faults.push(`${host.name}: the forward extremity ${id} is ${verdict}`);
  }
  for (const child of view.byId.values()) {
    if (child.outlier || child.verdict !== 'accepted') continue;
    const covered = prevEventIds(child.pdu).find((id) => view.extremities.includes(id));
    if (covered !== undefined)
      faults.push(`${host.name}: the forward extremity ${covered} is followed by ${child.eventId}`);
  }
  return faults;
};

const differentVerdicts = async (inside: readonly Seen[]): Promise<readonly string[]> => {
  const faults: string[] = [];
  const known = new Map<
    string,
    { readonly seen: Seen; readonly before: string; readonly isRejected: boolean; readonly copy: string }
  >();
  for (const seen of inside) {
    if (seen.host.misled) continue;
    const texts = new Map<string, string>();
    for (const event of seen.view.byId.values()) {
      if (event.stateBefore === null) continue;
      const root = Buffer.from(event.stateBefore).toString('hex');
      const before = texts.get(root) ?? (await stateText(seen.host.engine, seen.view, event.stateBefore));
      texts.set(root, before);
      const isRejected = event.verdict === 'rejected';
      const copy = copyOf(event.pdu);
      const other = known.get(event.eventId);
      if (other === undefined) known.set(event.eventId, { seen, before, isRejected, copy });
      else if (other.before !== before)
        faults.push(
          `the state before ${event.eventId} differs on ${other.seen.host.name} and ${seen.host.name}`,
        );
      else if (other.isRejected !== isRejected && other.copy === copy)
        faults.push(`only one of ${other.seen.host.name} and ${seen.host.name} rejects ${event.eventId}`);
    }
  }
  return faults.slice(0, 3);
};

/** What is judged: everything but who signed it. */
const copyOf = ({ signatures: _signatures, ...judged }: Pdu): string => lenientCanonicalJson(judged);

/** What honest servers never said, or said otherwise. */
const forgeries = (all: readonly Seen[]): readonly string[] => {
  const byName = new Map<string, Seen>(all.map((seen) => [seen.host.name, seen]));
  return all.flatMap(({ host, view }) => {
    const rules = getRoomVersion(view.room.room_version);
    return [...view.byId.values()].flatMap((event): string[] => {
      const author = byName.get(serverNameOf(event.pdu.sender));
      if (author === undefined || author.host === host || rules === undefined) return [];
      const original = author.view.byId.get(event.eventId);
      // It made a join for another server, and did not hear how that ended.
      if (original === undefined && event.pdu.state_key === event.pdu.sender) return [];
      if (original === undefined)
        return [`${host.name} has ${event.eventId} of ${author.host.name}, who never made it`];
      const [here, there] = [event.pdu, original.pdu].map((pdu) =>
        lenientCanonicalJson(redact(rules, pdu).content),
      );
      return here === there
        ? []
        : [`${host.name} has another content of ${event.eventId}: ${here}, ${author.host.name} has ${there}`];
    });
  });
};

/** What was said when everything had been delivered, and is not accepted where the author is seen in the room. */
const unheard = ({ said }: Life, pairs: readonly (readonly [Seen, Seen])[]): readonly string[] =>
  pairs.flatMap((pair) =>
    [pair, pair.toReversed()].flatMap(([author, hearer]) =>
      said.flatMap(({ eventId, host, isLast }): string[] => {
        if (!isLast || host !== author?.host || hearer === undefined) return [];
        const event = hearer.view.byId.get(eventId);
        if (event?.verdict === 'accepted' && !event.outlier) return [];
        const why = event === undefined ? 'does not have' : `has ${event.verdict} (${event.reason})`;
        return [`${hearer.host.name} ${why}: ${eventId}, the last of ${host.name}`];
      }),
    ),
  );

const digestOf = (all: readonly Seen[]): string => {
  const text = all.map(({ host, view }) => [host.name, [...view.byId.keys()], [...view.state.values()]]);
  return createHash('sha256').update(JSON.stringify(text)).digest('hex').slice(0, 16);
};
