/**
 * Checks 1 to 3 on receipt of a PDU: format, signatures, content hash. Every PDU from whatever source passes
 * here before `rooms/receive-pdu.ts`.
 *
 * @see https://spec.matrix.org/v1.19/server-server-api/#checks-performed-on-receipt-of-a-pdu
 */
import {
  checkPduFormat,
  type EventId,
  identifyEvent,
  type JsonValue,
  type KeyId,
  type Pdu,
  type RoomVersionRules,
  redact,
  type ServerName,
  signaturesToVerify,
  type VerifyKey,
  verifyEventSignatures,
} from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import type { VerifiedPdu } from '../rooms/receive-pdu.ts';

export type Verification =
  | ({ readonly ok: true } & VerifiedPdu)
  /** `eventId` is undefined when the format does not even allow to compute one. */
  | { readonly ok: false; readonly eventId?: EventId; readonly reason: string };

export const verifyPdu = async (
  engine: Engine,
  rules: RoomVersionRules,
  value: JsonValue,
  options: { readonly skipCountLimits?: boolean } = {},
): Promise<Verification> => {
  const format = checkPduFormat(rules, value, options);
  if (!format.ok) return format;
  const { pdu } = format;
  const { eventId, contentHashOk, signedJson } = identifyEvent(rules, pdu);
  const keys = await keysFor(engine, rules, pdu);
  const signatures = verifyEventSignatures(
    rules,
    pdu,
    (server, id) => keys.get(`${server} ${id}`),
    signedJson,
  );
  if (!signatures.ok) return { ok: false, eventId, reason: signatures.reason };
  return { ok: true, eventId, pdu: withoutUnsigned(contentHashOk ? pdu : redact(rules, pdu)) };
};

/** Verifies many, letting other work through in between. Those that fail are logged and left out. */
export const verifyPdus = async (
  engine: Engine,
  rules: RoomVersionRules,
  values: readonly JsonValue[],
  origin: ServerName,
): Promise<readonly VerifiedPdu[]> => {
  const verified: VerifiedPdu[] = [];
  let pause = performance.now() + SLICE_MS;
  for (const value of values) {
    const result = await verifyPdu(engine, rules, value, { skipCountLimits: true });
    if (result.ok) verified.push(result);
    else engine.log.info('pdu dropped', { origin, event_id: result.eventId, reason: result.reason });
    if (performance.now() > pause) {
      await new Promise((resume) => setImmediate(resume));
      pause = performance.now() + SLICE_MS;
    }
  }
  return verified;
};

/** Longest stretch of verification before other work gets its turn. */
const SLICE_MS = 10;

const keysFor = async (
  engine: Engine,
  rules: RoomVersionRules,
  pdu: Pdu,
): Promise<ReadonlyMap<string, VerifyKey>> => {
  const at = rules.enforceKeyValidity ? pdu.origin_server_ts : 0;
  const keys = new Map<string, VerifyKey>();
  for (const { server, keyIds } of signaturesToVerify(rules, pdu)) {
    for (const keyId of keyIds) {
      const key = await engine.keys.keyAt(server, keyId as KeyId, at);
      if (key !== undefined) keys.set(`${server} ${keyId}`, key);
    }
  }
  return keys;
};

/** What others write in `unsigned` is not theirs to say. */
const withoutUnsigned = (pdu: Pdu): Pdu => {
  if (pdu.unsigned === undefined) return pdu;
  const { unsigned: _, ...rest } = pdu;
  return rest as Pdu;
};
