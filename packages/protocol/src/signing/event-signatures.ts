import type { Pdu } from '../events/pdu.ts';
import type { KeyId, ServerName } from '../identifiers/identifiers.ts';
import type { RoomVersionRules } from '../room-versions/room-version-rules.ts';
import type { VerifyKey } from './ed25519.ts';

export type SignaturesToVerify = { readonly server: ServerName; readonly keyIds: readonly KeyId[] };

/**
 * Gives the key of a server, or undefined when it is not known or not valid at the event's time (the
 * caller decides that by `rules.enforceKeyValidity` and the event's `origin_server_ts`).
 */
export type KeyFor = (server: ServerName, keyId: KeyId) => VerifyKey | undefined;

export type SignatureVerdict = { readonly ok: true } | { readonly ok: false; readonly reason: string };

/** The servers whose signature the event needs. */
export function requiredSigners(rules: RoomVersionRules, pdu: Pdu): readonly ServerName[] {
  throw new Error(`not yet ${rules.id} ${pdu.type}`);
}

/** The keys to fetch before {@link verifyEventSignatures}: of every required signer, those it signed with. */
export function signaturesToVerify(rules: RoomVersionRules, pdu: Pdu): readonly SignaturesToVerify[] {
  throw new Error(`not yet ${rules.id} ${pdu.type}`);
}

/** Checks the signatures of all required signers; `signedJson` of `identifyEvent` saves work. */
export function verifyEventSignatures(
  rules: RoomVersionRules,
  pdu: Pdu,
  keyFor: KeyFor,
  signedJson?: string,
): SignatureVerdict {
  throw new Error(`not yet ${rules.id} ${pdu.type} ${typeof keyFor} ${signedJson}`);
}
