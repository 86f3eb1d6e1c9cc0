/**
 * The policy server of a room: which one it is, and whether it has signed an event. Nobody is asked here.
 *
 * @see https://spec.matrix.org/v1.19/server-server-api/#policy-servers
 */
import {
  importVerifyKey,
  isJsonObject,
  type Pdu,
  parseServerName,
  type RoomVersionRules,
  type ServerName,
  signatureIn,
  signedJson,
  type VerifyKey,
} from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import type { RoomRow } from '../store/schema.ts';
import type { StoreReader } from '../store/store.ts';
import { stateEvent } from './current-state.ts';
import { isServerInRoom } from './servers-in-room.ts';

/** "The Key ID for the `ed25519` key in `m.room.policy` is *always* `ed25519:policy_server`." */
const KEY_ID = 'ed25519:policy_server';

export type PolicyServer = {
  readonly via: ServerName;
  /** Undefined when the room names none that can be used: then nothing is signed by it. */
  readonly key: VerifyKey | undefined;
};

/**
 * "The current state for the room has a valid m.room.policy state event", and "the server name denoted by `via` has
 * at least one joined user in the room".
 */
export const policyServerOf = async (
  engine: Engine,
  reader: StoreReader,
  room: RoomRow,
): Promise<PolicyServer | undefined> => {
  const content = (await stateEvent(engine, reader, room, 'm.room.policy', ''))?.pdu.content;
  const keys = content?.['public_keys'];
  const base64 = isJsonObject(keys) ? keys['ed25519'] : undefined;
  const named = content?.['via'];
  const via = typeof named === 'string' ? parseServerName(named) : undefined;
  if (via === undefined || typeof base64 !== 'string') return undefined;
  if (!(await isServerInRoom(engine, reader, room.room_nid, via))) return undefined;
  return { via, key: importVerifyKey(base64) };
};

/** All events, state too, but for the one that names the policy server. */
export const needsPolicySignature = ({ type, state_key }: Pick<Pdu, 'type' | 'state_key'>): boolean =>
  type !== 'm.room.policy' || state_key !== '';

export const isSignedByPolicy = (rules: RoomVersionRules, pdu: Pdu, { via, key }: PolicyServer): boolean => {
  const signature = signatureIn(pdu.signatures, via, KEY_ID);
  if (signature === undefined || key === undefined) return false;
  return key.verify(Buffer.from(signedJson(rules, pdu)), signature);
};

/** The event with what the policy server signed; what else it says is not taken, and other signatures stay. */
export const withSignatureOf = (pdu: Pdu, { via }: PolicyServer, answered: unknown): Pdu | undefined => {
  if (typeof answered !== 'object' || answered === null) return undefined;
  const theirs = Object.entries(answered).find(([server]) => server === via)?.[1];
  const signature = isJsonObject(theirs) ? theirs[KEY_ID] : undefined;
  if (typeof signature !== 'string') return undefined;
  const signatures = { ...pdu.signatures, [via]: { ...pdu.signatures[via], [KEY_ID]: signature } };
  return { ...pdu, signatures };
};
