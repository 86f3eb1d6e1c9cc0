import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contentHash, eventIdOf } from '../events/event-hashes.ts';
import { identifyEvent } from '../events/identify-event.ts';
import { redact } from '../events/redact.ts';
import { decodeBase64, encodeBase64 } from '../json/base64.ts';
import { isJsonArray, isJsonObject, type JsonValue } from '../json/json-value.ts';
import { KNOWN_ROOM_VERSIONS } from '../room-versions/room-versions.ts';
import { asPdu, somePdu, someUnsignedPdu, somePduOf } from '../test-support/events.ts';
import { roomVersion, serverName } from '../test-support/identifiers.ts';
import { objectsOf, present, readVector, readVectorList, textOf } from '../test-support/vectors.ts';
import { importVerifyKey, type VerifyKey, verifyEd25519 } from './ed25519.ts';
import { type Ed25519Backend, nodeBackend, sodiumBackend } from './ed25519-backend.ts';
import { requiredSigners, signaturesToVerify, verifyEventSignatures } from './event-signatures.ts';
import { hashAndSignEvent, signEvent } from './sign-event.ts';
import { signJson, verifyJson } from './sign-json.ts';
import { type SigningKey, signingKeyFromSeed } from './signing-key.ts';

const file = readVector('signing.json');
const vectors = isJsonObject(file) ? file : {};
const domain = serverName('domain');
const specKey = signingKeyFromSeed(present(decodeBase64(textOf(vectors.seed))), textOf(vectors.keyVersion));
const otherKey = signingKeyFromSeed(new Uint8Array(32).fill(7), 'other');

describe('signed JSON', () => {
  it('is as the specification shows', () => {
    for (const { object, signature } of objectsOf(vectors.json)) {
      const signed = signJson(isJsonObject(object) ? object : {}, domain, specKey);
      expect(signed).toEqual({ ...objectOf(object), signatures: { domain: { 'ed25519:1': signature } } });
      expect(verifyJson(signed, domain, specKey.keyId, verifyKeyOf(specKey))).toBe(true);
    }
  });

  it('keeps unsigned and the signatures of others', () => {
    const once = signJson({ a: 1, unsigned: { b: 2 } }, 'a.example', specKey);
    const twice = signJson(signJson(once, 'b.example', otherKey), 'a.example', otherKey);
    expect(twice).toMatchObject({ a: 1, unsigned: { b: 2 } });
    for (const [server, key] of [
      ['a.example', specKey],
      ['b.example', otherKey],
      ['a.example', otherKey],
    ] as const) {
      expect(verifyJson({ ...twice, unsigned: {} }, server, key.keyId, verifyKeyOf(key))).toBe(true);
    }
  });

  it('does not verify when anything is wrong', () => {
    const signed = signJson({ a: 1 }, domain, specKey);
    const key = verifyKeyOf(specKey);
    expect(verifyJson({ ...signed, a: 2 }, domain, specKey.keyId, key)).toBe(false);
    expect(verifyJson(signed, 'other', specKey.keyId, key)).toBe(false);
    expect(verifyJson(signed, domain, 'ed25519:2', key)).toBe(false);
    expect(verifyJson(signed, domain, specKey.keyId, verifyKeyOf(otherKey))).toBe(false);
    expect(verifyJson({ a: 1 }, domain, specKey.keyId, key)).toBe(false);
    expect(verifyJson({ a: 1, signatures: { domain: { 'ed25519:1': '!' } } }, domain, 'ed25519:1', key)).toBe(
      false,
    );
    expect(
      verifyJson({ a: 1.5, signatures: { domain: { 'ed25519:1': 'AA' } } }, domain, 'ed25519:1', key),
    ).toBe(false);
    expect(verifyJson(signed, '__proto__', 'constructor', key)).toBe(false);
  });
});

describe('signed events', () => {
  it('are as the specification shows', () => {
    for (const { event, hash, signature } of objectsOf(vectors.events)) {
      const rules = roomVersion('10');
      const { pdu, eventId } = hashAndSignEvent(rules, asPdu(event), domain, specKey);
      expect(pdu).toEqual({
        ...objectOf(event),
        hashes: { sha256: hash },
        signatures: { domain: { 'ed25519:1': signature } },
      });
      expect(eventId).toBe(eventIdOf(rules, pdu));
      expect(contentHash(pdu)).toBe(hash);
    }
  });

  it('verify in every room version, whole and redacted', () => {
    for (const rules of KNOWN_ROOM_VERSIONS.map(roomVersion)) {
      const event = somePduOf(rules, { hashes: undefined, signatures: undefined });
      const { pdu } = hashAndSignEvent(rules, event, serverName('example.org'), specKey);
      const keyFor = (): VerifyKey => verifyKeyOf(specKey);
      expect(signaturesToVerify(rules, pdu)).toEqual([{ server: 'example.org', keyIds: ['ed25519:1'] }]);
      expect(verifyEventSignatures(rules, pdu, keyFor)).toEqual({ ok: true });
      expect(verifyEventSignatures(rules, pdu, keyFor, identifyEvent(rules, pdu).signedJson)).toEqual({
        ok: true,
      });
      expect(verifyEventSignatures(rules, redact(rules, pdu), keyFor)).toEqual({ ok: true });
      expect(verifyEventSignatures(rules, asPdu({ ...pdu, depth: 8 }), keyFor)).toMatchObject({ ok: false });
    }
  });

  it('need one valid signature by a known key, and none that is wrong', () => {
    const rules = roomVersion('12');
    const server = serverName('example.org');
    const once = hashAndSignEvent(rules, someUnsignedPdu(), server, specKey).pdu;
    const twice = signEvent(rules, once, server, otherKey);
    const keys = new Map([specKey, otherKey].map((key) => [key.keyId, verifyKeyOf(key)]));
    const verdict = (pdu = twice, known: readonly SigningKey[] = [specKey, otherKey]): boolean =>
      verifyEventSignatures(rules, pdu, (_, id) =>
        known.some(({ keyId }) => keyId === id) ? keys.get(id) : undefined,
      ).ok;
    const withSignature = (keyId: string, signature: string) =>
      asPdu({
        ...twice,
        signatures: { ...twice.signatures, [server]: { ...twice.signatures[server], [keyId]: signature } },
      });
    const wrong = encodeBase64(new Uint8Array(64).fill(1));
    expect(verdict()).toBe(true);
    expect(verdict(twice, [specKey])).toBe(true);
    expect(verdict(twice, [])).toBe(false);
    expect(verdict(withSignature('ed25519:other', wrong))).toBe(false);
    expect(verdict(withSignature('ed25519:other', wrong), [specKey])).toBe(true);
    expect(verdict(withSignature('ed25519:other', 'not Base64'))).toBe(false);
    expect(verdict(withSignature('ed25519:unknown', wrong))).toBe(true);
    expect(verdict(withSignature('ed25519:policy_server', wrong))).toBe(true);
    expect(verdict(withSignature('rsa:1', wrong))).toBe(true);
    expect(verdict(asPdu({ ...twice, signatures: {} }))).toBe(false);
    expect(
      verdict(asPdu({ ...twice, signatures: { 'other.example': twice.signatures[server] ?? {} } })),
    ).toBe(false);
  });

  it('are signed by the sender, and by who authorised a restricted join', () => {
    const rules = roomVersion('12');
    const member = (content: { [key: string]: JsonValue }) => somePdu({ type: 'm.room.member', content });
    expect(requiredSigners(rules, somePdu())).toEqual(['example.org']);
    expect(
      requiredSigners(
        rules,
        member({ membership: 'join', join_authorised_via_users_server: '@b:b.example:1' }),
      ),
    ).toEqual(['example.org', 'b.example:1']);
    expect(
      requiredSigners(
        rules,
        member({ membership: 'join', join_authorised_via_users_server: '@b:example.org' }),
      ),
    ).toEqual(['example.org']);
    expect(requiredSigners(rules, member({ membership: 'invite', third_party_invite: {} }))).toEqual([]);
    expect(requiredSigners(rules, member({ membership: 'join', third_party_invite: {} }))).toEqual([
      'example.org',
    ]);
  });
});

describe('signing keys', () => {
  it('come from a seed, and say what they are', () => {
    expect(specKey.keyId).toBe('ed25519:1');
    expect(decodeBase64(specKey.publicKey)).toHaveLength(32);
    expect(() => signingKeyFromSeed(new Uint8Array(31), '1')).toThrow(TypeError);
    for (const version of ['', 'a b', 'a-b', 'ä']) {
      expect(() => signingKeyFromSeed(new Uint8Array(32), version)).toThrow(TypeError);
    }
  });
});

const backends: readonly Ed25519Backend[] = [nodeBackend, sodiumBackend].filter(
  (backend) => backend !== undefined,
);

describe('Ed25519', () => {
  it.skipIf(sodiumBackend === undefined)('is computed in both ways where libsodium loads', () => {
    expect(backends.map(({ name }) => name)).toEqual(['node', 'libsodium']);
  });

  for (const backend of backends) {
    describe(`by ${backend.name}`, () => {
      for (const { name, hex } of readVectorList('ed25519-invalid-keys.json')) {
        it(`refuses as a public key and as R: ${textOf(name)}`, () => {
          const point = Buffer.from(textOf(hex), 'hex');
          expect(importVerifyKey(encodeBase64(point), backend)).toBe(undefined);
          expect(verifyEd25519(point, new Uint8Array(), new Uint8Array(64))).toBe(false);
          const key = present(importVerifyKey(specKey.publicKey, backend));
          expect(key.verify(new Uint8Array(), Buffer.concat([point, Buffer.alloc(32)]))).toBe(false);
        });
      }

      it('refuses what is no key', () => {
        for (const text of ['', 'x', '!', `${specKey.publicKey}A`])
          expect(importVerifyKey(text, backend)).toBe(undefined);
      });

      it('signs and verifies like every other', () => {
        fc.assert(
          fc.property(bytes(32), fc.uint8Array(), (seed, message) => {
            const key = signingKeyFromSeed(seed, '1', backend);
            for (const other of backends) {
              const same = signingKeyFromSeed(seed, '1', other);
              expect(same.publicKey).toBe(key.publicKey);
              expect(encodeBase64(same.sign(message))).toBe(encodeBase64(key.sign(message)));
              const verifyKey = present(importVerifyKey(key.publicKey, other));
              expect(verifyKey.verify(message, key.sign(message))).toBe(true);
              expect(verifyEd25519(verifyKey.bytes, message, key.sign(message))).toBe(true);
            }
          }),
          { numRuns: 30 },
        );
      });

      it('refuses a changed message, a changed signature, a high S and another length', () => {
        const key = present(importVerifyKey(specKey.publicKey, backend));
        const message = Buffer.from('message');
        const signature = specKey.sign(message);
        expect(key.verify(message, signature)).toBe(true);
        expect(key.verify(Buffer.from('messag'), signature)).toBe(false);
        expect(key.verify(message, signature.subarray(0, 63))).toBe(false);
        expect(key.verify(message, Buffer.concat([signature, Buffer.alloc(1)]))).toBe(false);
        for (let i = 0; i < 64; i++) {
          const changed = Buffer.from(signature);
          changed[i] = (changed[i] ?? 0) ^ 1;
          expect(key.verify(message, changed)).toBe(false);
        }
        expect(key.verify(message, withHighS(signature))).toBe(false);
      });
    });
  }

  it('gives the same verdict on any points and signatures', () => {
    fc.assert(
      fc.property(bytes(32), bytes(64), (point, signature) => {
        const verdicts = backends.map((backend) =>
          importVerifyKey(encodeBase64(point), backend)?.verify(point, signature),
        );
        expect(new Set(verdicts).size).toBe(1);
      }),
    );
  });
});

/** The same signature with the order of the group added to S, which naive verifiers accept. */
function withHighS(signature: Uint8Array): Uint8Array {
  const order = 2n ** 252n + 27742317777372353535851937790883648493n;
  const s = BigInt(`0x${Buffer.from(signature.subarray(32)).reverse().toString('hex')}`) + order;
  return Buffer.concat([
    signature.subarray(0, 32),
    Buffer.from(s.toString(16).padStart(64, '0'), 'hex').reverse(),
  ]);
}

function bytes(length: number): fc.Arbitrary<Uint8Array> {
  return fc.uint8Array({ minLength: length, maxLength: length });
}

function verifyKeyOf(key: SigningKey): VerifyKey {
  return present(importVerifyKey(key.publicKey));
}

function objectOf(value: JsonValue | undefined): { readonly [key: string]: JsonValue } {
  return isJsonObject(value) && !isJsonArray(value) ? value : {};
}
