/** One case: what we say, what Synapse says, and whether that is the same. */
import {
  type authorizeEvent,
  checkAuthEvents,
  contentHash,
  decodeBase64,
  type EventId,
  eventIdOf,
  isJsonObject,
  type JsonObject,
  lenientCanonicalJson,
  type Pdu,
  parseJson,
  parseUserId,
  type RoomVersionRules,
  redact,
  referenceHash,
  type resolveStateSets,
  serverNameOf,
} from '@causeway/protocol';
import type { AuthCase } from './auth-cases.ts';
import type { Graph } from './grow-graph.ts';
import type { Answer, Question, StateEntries } from './oracle.ts';

/** What is compared with Synapse: the product, or the product with a bug planted in it. */
export type Subject = {
  readonly rules: RoomVersionRules;
  readonly resolve: typeof resolveStateSets;
  readonly authorize: typeof authorizeEvent;
};

export type Case = {
  readonly question: Question;
  readonly isContested: boolean;
  /** What is different, or undefined when nothing is. */
  readonly compare: (subject: Subject, answer: Answer) => string | undefined;
};

export const graphCase = (version: string, { room, states, isContested }: Graph): Case => {
  const events = room.events.map(({ pdu }) => pdu);
  const question: Question = {
    ask: 'resolve',
    version,
    room_id: room.roomId,
    events,
    states: states.map((state) => [...state].map(([key, id]) => entry(key, id))),
  };
  const compare = ({ rules, resolve }: Subject, { ids, state = [] }: Answer): string | undefined => {
    const resolution = resolve({
      rules,
      stateSets: states,
      event: (id) => room.event(id),
      createEvent: room.create,
    });
    if (resolution.kind === 'missing') return `events are missing: ${resolution.eventIds.join()}`;
    const known = room.events.map(({ eventId }) => eventId);
    if (String(ids) !== String(known)) return 'event IDs differ';
    return differenceOf(
      [...resolution.state].map(([key, id]) => entry(key, id)),
      state,
    );
  };
  return { question, isContested, compare };
};

export const authCase = (version: string, one: AuthCase): Case => {
  const { create, event, authEvents } = one;
  const question: Question = {
    ask: 'authorize',
    version,
    create: create.pdu,
    event,
    auth_events: authEvents.map(({ pdu, rejected }) => ({ pdu, rejected })),
  };
  const compare = (subject: Subject, answer: Answer): string | undefined => {
    const { allowed, failed, reason } = answer;
    const ours = verdictOn(subject, one);
    // What it fails on, it does not accept; whether it should is not to be learnt from it.
    if (ours.allowed === allowed || failed === true || isKnownDifference(one, answer)) return undefined;
    return `we say ${ours.allowed ? 'allowed' : `no: ${ours.reason}`}; Synapse says ${allowed ? 'allowed' : `no: ${reason}`}`;
  };
  return { question, isContested: one.isContested, compare };
};

/** What docs/differential.md lists: Synapse does something else than the specification says. */
const isKnownDifference = (one: AuthCase, answer: Answer): boolean =>
  isRefusedForItsTarget(one, answer) || hasUsersOnlySynapseTakes(one, answer);

/**
 * "If m.federate is false, and the sender domain of the event does not match the sender domain of the create event,
 * reject." Synapse also refuses memberships of users of other servers, whoever sends them.
 */
const isRefusedForItsTarget = ({ create, event }: AuthCase, { reason }: Answer): boolean =>
  create.pdu.content['m.federate'] === false &&
  event.type === 'm.room.member' &&
  reason === 'AuthError: This room has been marked as unfederatable.' &&
  serverNameOf(event.sender) === serverNameOf(create.pdu.sender) &&
  serverNameOf(event.state_key ?? '') !== serverNameOf(create.pdu.sender);

/**
 * "If the users property in content is not an object with keys that are valid user IDs with values that are integers
 * (or a string that is an integer), reject." Synapse takes a user ID without server name, and before version 10
 * true and false.
 */
const hasUsersOnlySynapseTakes = ({ event }: AuthCase, { allowed }: Answer): boolean => {
  const { users } = event.content;
  if (allowed !== true || event.type !== 'm.room.power_levels' || !isJsonObject(users)) return false;
  return Object.entries(users).some(
    ([id, level]) => parseUserId(id) === undefined || typeof level === 'boolean',
  );
};

const verdictOn = ({ rules, authorize }: Subject, { create, roomId, event, authEvents }: AuthCase) => {
  const cited = checkAuthEvents(rules, event, authEvents);
  if (!cited.allowed) return cited;
  const state = (type: string, stateKey: string) =>
    authEvents.find(({ pdu }) => pdu.type === type && pdu.state_key === stateKey)?.pdu;
  return authorize(rules, event, state, {
    createEvent: create.pdu,
    createEventId: create.eventId,
    roomId,
  });
};

/** ID, hashes and redaction of one event. */
export const redactionCase = (version: string, event: Pdu): Case => {
  const compare = ({ rules }: Subject, answer: Answer): string | undefined => {
    if (eventIdOf(rules, event) !== answer.id)
      return `its ID is ${eventIdOf(rules, event)}, not ${answer.id}`;
    if (hex(contentHash(event, rules)) !== answer.content_hash) return 'the content hashes differ';
    if (hex(referenceHash(rules, event)) !== answer.reference_hash) return 'the reference hashes differ';
    const [ours, theirs] = [withoutUnsigned(redact(rules, event)), withoutUnsigned(answer.redacted ?? {})];
    return ours === theirs ? undefined : `redacted it is ${ours}, not ${theirs}`;
  };
  return { question: { ask: 'redact', version, event }, isContested: false, compare };
};

const hex = (base64: string): string =>
  Buffer.from(decodeBase64(base64.replaceAll('-', '+').replaceAll('_', '/')) ?? []).toString('hex');

/** Read again by our own reader, so that what is not in a double is kept. */
const withoutUnsigned = (event: JsonObject): string => {
  const parsed = parseJson(JSON.stringify(event));
  if (!parsed.ok || !isJsonObject(parsed.value)) throw new Error('an event is not JSON');
  const { unsigned: _unsigned, signatures: _signatures, ...rest } = parsed.value;
  return lenientCanonicalJson(rest);
};

const entry = (key: string, id: EventId): readonly [string, string, string] => {
  const separator = key.indexOf('\0');
  return [key.slice(0, separator), key.slice(separator + 1), id];
};

const differenceOf = (ours: StateEntries, theirs: StateEntries): string | undefined => {
  const written = (entries: StateEntries) => new Set(entries.map((one) => JSON.stringify(one)));
  const [a, b] = [written(ours), written(theirs)];
  const only = (in1: ReadonlySet<string>, in2: ReadonlySet<string>) =>
    [...in1].filter((one) => !in2.has(one)).join(', ');
  if (only(a, b) === '' && only(b, a) === '') return undefined;
  return `only we have ${only(a, b)}; only Synapse has ${only(b, a)}`;
};
