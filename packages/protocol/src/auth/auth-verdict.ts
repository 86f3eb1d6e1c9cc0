import type { Pdu } from '../events/pdu.ts';

/** A state, asked by type and state key. */
export type AuthState = (type: string, stateKey: string) => Pdu | undefined;

export type AuthVerdict = { readonly allowed: true } | { readonly allowed: false; readonly reason: string };

export const allow: AuthVerdict = Object.freeze({ allowed: true });

export function reject(reason: string): AuthVerdict {
  return { allowed: false, reason };
}
