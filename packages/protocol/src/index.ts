/** Every Matrix rule that is computation: no I/O, no clock, no await. */
export { type AuthSubject, authTypesFor, type StateKeyPair } from './auth/auth-events-selection.ts';
export type { AuthState, AuthVerdict } from './auth/auth-verdict.ts';
export { type AuthContext, authorizeEvent } from './auth/authorize-event.ts';
export { type ThirdPartyKey, thirdPartyKeysOf } from './auth/authorize-third-party-invite.ts';
export * from './auth/check-auth-events.ts';
export * from './auth/power-levels.ts';
export * from './events/check-pdu-format.ts';
export {
  contentHash,
  eventIdOf,
  referenceHash,
  roomIdOf,
  signedJson,
} from './events/event-hashes.ts';
export * from './events/event-references.ts';
export { faultyEventId } from './events/faulty-event-id.ts';
export * from './events/identify-event.ts';
export type * from './events/pdu.ts';
export { redact, redactsOf } from './events/redact.ts';
export * from './identifiers/identifiers.ts';
export * from './identifiers/mxc-uri.ts';
export { parseServerNameParts, type ServerNameParts } from './identifiers/server-name.ts';
export * from './json/base64.ts';
export {
  canonicalJson,
  canonicalJsonBytes,
  compareCodePoints,
  lenientCanonicalJson,
} from './json/canonical-json.ts';
export * from './json/exact-integer.ts';
export { findJsonFault } from './json/find-json-fault.ts';
export * from './json/json-stream.ts';
export * from './json/json-value.ts';
export * from './json/parse-json.ts';
export * from './push/default-push-rules.ts';
export * from './push/evaluate-push-rules.ts';
export * from './push/property-path.ts';
export * from './push/push-rule.ts';
export type * from './room-versions/room-version-rules.ts';
export * from './room-versions/room-versions.ts';
export * from './rules/glob.ts';
export * from './rules/handling-redactions.ts';
export * from './rules/history-visibility.ts';
export * from './rules/server-acl.ts';
export * from './rules/stripped-state.ts';
export * from './signing/ed25519.ts';
export * from './signing/event-signatures.ts';
export { isPublishedKey } from './signing/published-keys.ts';
export * from './signing/sign-event.ts';
export { signatureIn, signJson, verifyJson } from './signing/sign-json.ts';
export * from './signing/signing-key.ts';
export * from './signing/x-matrix.ts';
export * from './state-resolution/resolve-conflicts.ts';
export { ContentElsewhereError, runSteps, type Steps, sortInSteps } from './state-resolution/steps.ts';
export * from './state-resolution/resolve-state-sets.ts';
export { type StateEvent, type StateMap, stateKeyOf } from './state-resolution/state-map.ts';
