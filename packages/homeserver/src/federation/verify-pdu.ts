/**
 * Checks 1 to 3 on receipt of a PDU: format, signatures, content hash. Every PDU from whatever source passes
 * here before `rooms/receive-pdu.ts`.
 *
 * @see https://spec.matrix.org/v1.19/server-server-api/#checks-performed-on-receipt-of-a-pdu
 */
import {
  checkPduFormat,
  type EventId,
  faultyEventId,
  identifyEvent,
  isJsonObject,
  type JsonValue,
  type Pdu,
  parseKeyId,
  type RoomVersionRules,
  redact,
  type ServerName,
  type SignatureVerdict,
  serverNameOf,
  signaturesToVerify,
  type VerifyKey,
  verifyEventSignatures,
} from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import type { VerifiedPdu } from '../rooms/receive-pdu.ts';
import { Turns } from '../turns.ts';
import type { WantedKey } from './keys/key-ring.ts';

export type Verification =
  | ({ readonly ok: true } & VerifiedPdu)
  /** `eventId` is undefined when none can be computed of what was sent. */
  | {
      readonly ok: false;
      readonly eventId?: EventId;
      readonly reason: string;
      readonly lacksKeys?: LacksKeys;
    };

/** All that can be said of a PDU is that it may be verified when this server's keys can be had. */
export type LacksKeys = { readonly server: ServerName; readonly eventId: EventId; readonly pdu: Pdu };

export const verifyPdu = async (
  engine: Engine,
  rules: RoomVersionRules,
  value: JsonValue,
  options: { readonly skipCountLimits?: boolean } = {},
): Promise<Verification> => {
  const format = checkPduFormat(rules, value, options);
  if (!format.ok) {
    const id = faultyEventId(rules, value);
    return id === undefined ? format : { ...format, eventId: id };
  }
  const { pdu } = format;
  const { eventId, contentHashOk, signedJson } = identifyEvent(rules, pdu);
  const keys = await keysFor(engine, rules, pdu);
  const signatures = verifyEventSignatures(
    rules,
    pdu,
    (server, id) => keys.get(`${server} ${id}`),
    signedJson,
  );
  if (!signatures.ok) return { ok: false, eventId, ...whyNot(signatures, { eventId, pdu }) };
  return { ok: true, eventId, pdu: withoutUnsigned(contentHashOk ? pdu : redact(rules, pdu)) };
};

const whyNot = (
  { reason, unknownKeysOf: server }: Extract<SignatureVerdict, { ok: false }>,
  { eventId, pdu }: VerifiedPdu,
): { readonly reason: string; readonly lacksKeys?: LacksKeys } =>
  server === undefined ? { reason } : { reason, lacksKeys: { server, eventId, pdu: withoutUnsigned(pdu) } };

/**
 * Verifies many, letting other work through in between. Those that fail are logged and left out; `lacking` is told of those
 * that fail for want of keys.
 */
export const verifyPdus = async (
  engine: Engine,
  rules: RoomVersionRules,
  values: readonly JsonValue[],
  origin: ServerName,
  lacking?: (event: LacksKeys) => void,
): Promise<readonly VerifiedPdu[]> => {
  const verified: VerifiedPdu[] = [];
  const turns = new Turns();
  await prepareKeys(engine, rules, values);
  for (const value of values) {
    const result = await verifyPdu(engine, rules, value, { skipCountLimits: true });
    if (result.ok) verified.push(result);
    else {
      if (result.lacksKeys !== undefined) lacking?.(result.lacksKeys);
      engine.log.info('pdu dropped', { origin, event_id: result.eventId, reason: result.reason });
    }
    await turns.next();
  }
  return verified;
};

/**
 * Fetches the keys that many PDUs need, all servers at once: one by one, every server that is gone would be waited
 * for in turn. Only what is cheap to see is looked at; what this misses is fetched where each PDU is verified.
 */
export const prepareKeys = async (
  engine: Engine,
  rules: RoomVersionRules,
  values: readonly JsonValue[],
): Promise<void> => {
  const wanted = new Map<string, WantedKey>();
  for (const value of values) {
    if (!isJsonObject(value)) continue;
    const { sender, signatures, origin_server_ts: ts } = value;
    const server = typeof sender === 'string' ? serverNameOf(sender) : undefined;
    const own = server !== undefined && isJsonObject(signatures) ? signatures[server] : undefined;
    if (server === undefined || !isJsonObject(own) || typeof ts !== 'number') continue;
    for (const name of Object.keys(own)) {
      const keyId = parseKeyId(name);
      const at = rules.enforceKeyValidity ? ts : undefined;
      const known = wanted.get(`${server} ${name}`);
      if (keyId === undefined || (known !== undefined && timeOf(known) >= (at ?? 0))) continue;
      wanted.set(`${server} ${name}`, { server, keyId, use: { kind: 'event', at } });
    }
  }
  await engine.keys.prepare([...wanted.values()]);
};

const timeOf = ({ use }: WantedKey): number => (use.kind === 'event' ? (use.at ?? 0) : 0);

const wantedBy = (rules: RoomVersionRules, pdu: Pdu): readonly WantedKey[] => {
  const at = rules.enforceKeyValidity ? pdu.origin_server_ts : undefined;
  return signaturesToVerify(rules, pdu).flatMap(({ server, keyIds }) =>
    keyIds.map((keyId) => ({ server, keyId, use: { kind: 'event', at } as const })),
  );
};

const keysFor = async (
  engine: Engine,
  rules: RoomVersionRules,
  pdu: Pdu,
): Promise<ReadonlyMap<string, VerifyKey>> => {
  const keys = new Map<string, VerifyKey>();
  for (const wanted of wantedBy(rules, pdu)) {
    const key = await engine.keys.get(wanted);
    if (key !== undefined) keys.set(`${wanted.server} ${wanted.keyId}`, key);
  }
  return keys;
};

/** What others write in `unsigned` is not theirs to say. */
const withoutUnsigned = (pdu: Pdu): Pdu => {
  if (pdu.unsigned === undefined) return pdu;
  const { unsigned: _, ...rest } = pdu;
  return rest as Pdu;
};
