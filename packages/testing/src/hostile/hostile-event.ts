/** Events of another server: such as fit into a room, rightly hashed and signed, and such as are spoilt afterwards. */
import { type Engine, forwardExtremities, roomById, rulesOf, stateEvent } from '@causeway/homeserver';
import {
  authTypesFor,
  contentHash,
  depthOf,
  encodeBase64,
  type EventId,
  eventIdOf,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  lenientCanonicalJson,
  MAX_DEPTH,
  type Pdu,
  parseRoomId,
  referenceTo,
  type RoomVersionRules,
  signedJson,
  type UnsignedPdu,
  type UserId,
} from '@causeway/protocol';

/** Where an event is to fit in. */
export type Ground = {
  /** Whose view of the room it fits into. */
  readonly receiver: Engine;
  /** Who makes it. */
  readonly author: Engine;
  readonly roomId: string;
  readonly sender: UserId;
};

export type Made = { readonly rules: RoomVersionRules; readonly eventId: EventId; readonly pdu: Pdu };

/** An event that fits, but for what is changed of it; hashed and signed as it is then. */
export const madeEvent = async (ground: Ground, change: Partial<UnsignedPdu> = {}): Promise<Made> => {
  const { draft, rules } = await drafted(ground, change);
  const event = { ...draft, hashes: { sha256: contentHash(draft, rules) }, signatures: {} };
  const { signingKey, serverName } = ground.author;
  const signature = encodeBase64(signingKey.sign(Buffer.from(signedJson(rules, event))));
  const pdu = { ...event, signatures: { [serverName]: { [signingKey.keyId]: signature } } };
  return { rules, eventId: eventIdOf(rules, pdu), pdu };
};

const drafted = ({ receiver, roomId, sender }: Ground, change: Partial<UnsignedPdu>) =>
  receiver.store.read(async (reader) => {
    const room = await roomById(reader, roomId);
    const room_id = parseRoomId(roomId);
    if (room === undefined || room_id === undefined) throw new Error(`there is no room ${roomId}`);
    const rules = rulesOf(room);
    const ends = await reader.scan(forwardExtremities, { where: { room_nid: room.room_nid } });
    const parents = await receiver.events.many(
      reader,
      ends.map(({ event_nid }) => event_nid),
    );
    const said = {
      type: 'm.room.message',
      sender,
      content: { msgtype: 'm.text', body: 'hostile' },
      ...change,
    };
    const auth = [];
    for (const [type, stateKey] of authTypesFor(rules, said)) {
      const event = await stateEvent(receiver, reader, room, type, stateKey);
      if (event !== undefined) auth.push(event);
    }
    const draft: UnsignedPdu = {
      room_id,
      origin_server_ts: Date.now(),
      depth: Math.min(Math.max(0, ...parents.map(({ pdu }) => Number(depthOf(pdu)))) + 1, MAX_DEPTH),
      prev_events: parents.map((parent) => referenceTo(rules, parent)),
      auth_events: auth.map((event) => referenceTo(rules, event)),
      ...(rules.eventIdFormat === 'sender-chosen' ? { event_id: chosenId(sender) } : {}),
      ...said,
    };
    return { rules, draft };
  });

const chosenId = (sender: UserId): EventId =>
  `$${crypto.randomUUID()}:${sender.slice(sender.indexOf(':') + 1)}` as EventId;

const PLACE = '"the place of something else"';

/** The JSON of an object whose member at this path is something else, given as JSON text; '' takes it away. */
export const spoilt = (object: JsonObject, path: readonly string[], text: string): string => {
  const changed = (value: JsonValue | undefined, [key, ...rest]: readonly string[]): JsonValue => {
    if (key === undefined) return JSON.parse(PLACE);
    const { [key]: inner, ...others } = isJsonObject(value) ? value : {};
    if (rest.length === 0 && text === '') return others;
    return { ...others, [key]: changed(inner, rest) };
  };
  return lenientCanonicalJson(changed(object, path)).replace(PLACE, () => text);
};
