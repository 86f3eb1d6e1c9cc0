/** The nine things that can be wrong, or only odd, with the signature of an event, and what each makes of it. */
import {
  encodeBase64,
  lenientCanonicalJson,
  type Pdu,
  type Signatures,
  signedJson,
  type SigningKey,
} from '@causeway/protocol';
import type { Made } from './hostile-event.ts';

/** Who signs what should not be signed so. */
export type Signers = {
  readonly server: string;
  readonly key: SigningKey;
  /** Was the server's, and is not since before the event. */
  readonly retired: SigningKey;
  /** Another key that calls itself by the ID of the server's. */
  readonly impostor: SigningKey;
  /** A server with which the event has nothing to do, and its good key. */
  readonly bystander: { readonly server: string; readonly key: SigningKey };
};

/** `dropped` is kept nowhere; of `redacted` what the hash does not cover is gone. */
export type FaultVerdict = 'dropped' | 'redacted' | 'accepted';

export type EventFault = {
  readonly name: string;
  readonly verdict: FaultVerdict;
  /** What is sent in the place of the event, which keeps its ID. */
  readonly spoil: (made: Made, signers: Signers) => Pdu;
};

type Sign = (key: SigningKey) => string;

const signedSo = (
  name: string,
  verdict: FaultVerdict,
  signatures: (sign: Sign, signers: Signers) => Signatures,
): EventFault => ({
  name,
  verdict,
  spoil: ({ rules, pdu }, signers) => {
    const bytes = Buffer.from(signedJson(rules, pdu));
    return { ...pdu, signatures: signatures((key) => encodeBase64(key.sign(bytes)), signers) };
  },
});

/** @see https://spec.matrix.org/v1.19/server-server-api/#validating-hashes-and-signatures-on-received-events */
export const eventFaults: readonly EventFault[] = [
  signedSo('no signature', 'dropped', () => ({})),
  signedSo(
    'a signature by another key under the ID of its own',
    'dropped',
    (sign, { server, key, impostor }) => ({
      [server]: { [key.keyId]: sign(impostor) },
    }),
  ),
  signedSo('the signature of another server only', 'dropped', (sign, { bystander }) => ({
    [bystander.server]: { [bystander.key.keyId]: sign(bystander.key) },
  })),
  {
    name: 'another content than was hashed',
    verdict: 'redacted',
    spoil: ({ pdu }) => ({ ...pdu, content: { ...pdu.content, 'org.example.added': true } }),
  },
  signedSo('a signature by a key that was given up before', 'dropped', (sign, { server, retired }) => ({
    [server]: { [retired.keyId]: sign(retired) },
  })),
  signedSo('a signature of an algorithm that nobody knows', 'dropped', (sign, { server, key }) => ({
    [server]: { [key.keyId.replace('ed25519', 'rsa')]: sign(key) },
  })),
  signedSo('a signature that is no Base64', 'dropped', (sign, { server, key }) => ({
    [server]: { [key.keyId]: `${sign(key).slice(0, -1)}!` },
  })),
  // "implementations SHOULD accept input with or without padding characters wherever possible"
  signedSo('a signature in padded Base64', 'accepted', (sign, { server, key }) => ({
    [server]: { [key.keyId]: `${sign(key)}==` },
  })),
  signedSo(
    'signatures by unknown keys beside its own',
    'accepted',
    (sign, { server, key }): Signatures => ({
      [server]: { [key.keyId]: sign(key), 'ed25519:unknown': 'A'.repeat(86) },
      'gone.test': { 'ed25519:1': 'A'.repeat(86) },
    }),
  ),
];

export const textOf = (pdu: Pdu): string => lenientCanonicalJson(pdu);
