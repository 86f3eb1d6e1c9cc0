/**
 * Asks the policy server of a room to sign an event.
 *
 * @see https://spec.matrix.org/v1.19/server-server-api/#asking-for-a-policy-server-signature-on-an-event
 */
import type { Pdu, RoomVersionRules } from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import type { Fault } from '../faults.ts';
import { forbidden, MatrixError } from '../matrix-error.ts';
import { roomById, rulesOf } from '../rooms/current-state.ts';
import {
  isSignedByPolicy,
  needsPolicySignature,
  type PolicyServer,
  policyServerOf,
  withSignatureOf,
} from '../rooms/policy-server.ts';
import { type RemoteAnswer, requestRemote } from './signed-request.ts';
import { faultOf } from '../refusals.ts';

/** A person waits for it with every message. */
const TIMEOUT_MS = 6_000;
/** A signature and its names. */
const MAX_BYTES = 64 * 1024;
/** Of a refusal, for the person. */
const MAX_REASON = 500;

export type PolicyVerdict =
  /** By its policy server, or the room needs none for this event. */
  { readonly kind: 'signed'; readonly pdu: Pdu } | { readonly kind: 'unsigned'; readonly error: MatrixError };

/** The event with a valid signature of the policy server that the room has now. */
export const signByPolicy = async (engine: Engine, roomId: string, pdu: Pdu): Promise<PolicyVerdict> => {
  const asked = await engine.store.read(async (reader) => {
    const room = await roomById(reader, roomId);
    const server = room && (await policyServerOf(engine, reader, room));
    return server && { server, rules: rulesOf(room) };
  });
  if (asked === undefined || !needsPolicySignature(pdu)) return { kind: 'signed', pdu };
  const { server, rules } = asked;
  if (isSignedByPolicy(rules, pdu, server)) return { kind: 'signed', pdu };
  const verdict = await ask(engine, rules, server, pdu);
  if (verdict.kind === 'unsigned') {
    engine.log.info('policy server did not sign', {
      room_id: roomId,
      server: server.via,
      reason: verdict.error.message,
    });
  }
  return verdict;
};

const ask = async (
  engine: Engine,
  rules: RoomVersionRules,
  server: PolicyServer,
  pdu: Pdu,
): Promise<PolicyVerdict> => {
  const { via } = server;
  if (via === engine.serverName) return unsigned(faultOf('policy-server-none', { server: via }));
  const { unsigned: _, ...body } = pdu;
  const answer = await requestRemote(engine, {
    destination: via,
    method: 'POST',
    path: '/_matrix/policy/v1/sign',
    body,
    timeoutMs: TIMEOUT_MS,
    maxBytes: MAX_BYTES,
  });
  if (answer.kind !== 'ok') return { kind: 'unsigned', error: refusalOf(via, answer) };
  const signed = withSignatureOf(pdu, server, answer.body);
  return signed !== undefined && isSignedByPolicy(rules, signed, server)
    ? { kind: 'signed', pdu: signed }
    : unsigned(faultOf('policy-server-signature', { server: via }));
};

const unsigned = (reason: Fault): PolicyVerdict => ({ kind: 'unsigned', error: forbidden(reason) });

/** What another server's errcode may be for a client of ours: others, such as M_UNKNOWN_TOKEN, would sign it out. */
const PASSED_ON: ReadonlySet<string> = new Set(['M_BAD_JSON', 'M_LIMIT_EXCEEDED']);

/** "If the Policy Server returned an error, that error SHOULD be provided to the client verbatim." */
const refusalOf = (via: string, answer: Exclude<RemoteAnswer, { readonly kind: 'ok' }>): MatrixError => {
  if (answer.kind === 'failed') {
    return forbidden(faultOf('policy-server-silent', { server: via, why: answer.reason }));
  }
  const message = answer.error.slice(0, MAX_REASON);
  const wait = answer.body['retry_after_ms'];
  return PASSED_ON.has(answer.errcode)
    ? new MatrixError(answer.errcode, message, typeof wait === 'number' ? { retry_after_ms: wait } : {})
    : forbidden(message);
};
