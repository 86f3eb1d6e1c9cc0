import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../json/canonical-json.ts';
import { serverName } from '../test-support/identifiers.ts';
import { parsed, present, readVectorGroup, textOf } from '../test-support/vectors.ts';
import { importVerifyKey } from './ed25519.ts';
import { signJson } from './sign-json.ts';
import { signingKeyFromSeed } from './signing-key.ts';
import { parseXMatrix, signRequest, verifyRequest } from './x-matrix.ts';

const key = signingKeyFromSeed(new Uint8Array(32).fill(1), 'a_1');
const verifyKey = present(importVerifyKey(key.publicKey));
const origin = serverName('a.example');
const destination = serverName('b.example:8448');
const request = { method: 'PUT', uri: '/_matrix/federation/v1/send/1?a=%20b', origin, destination };

describe('the X-Matrix header', () => {
  for (const { name, header, parsed: expected } of readVectorGroup('x-matrix.json', 'valid')) {
    it(`is read: ${textOf(name)}`, () => {
      expect(parseXMatrix(textOf(header))).toEqual(expected);
    });
  }

  for (const { name, header } of readVectorGroup('x-matrix.json', 'invalid')) {
    it(`is refused: ${textOf(name)}`, () => {
      expect(parseXMatrix(textOf(header))).toBe(undefined);
    });
  }

  it('is written as older servers read it', () => {
    expect(signRequest(request, key)).toMatch(
      /^X-Matrix origin="a\.example",destination="b\.example:8448",key="ed25519:a_1",sig="[A-Za-z0-9+/]{86}"$/,
    );
  });

  it('signs what the specification says', () => {
    const content = { b: [1], a: 'ä' };
    const { origin: _, ...rest } = request;
    const signed = signJson({ ...rest, origin, content }, origin, key);
    const header = parseXMatrix(signRequest({ ...request, content }, key));
    expect(signed.signatures).toEqual({ [origin]: { [key.keyId]: header?.signature } });
  });

  it('verifies the request it was made for, and no other', () => {
    const content = { pdus: [], edus: [] };
    const header = present(parseXMatrix(signRequest({ ...request, content }, key)));
    const received = { method: request.method, uri: request.uri, destination, content };
    expect(verifyRequest(header, received, verifyKey)).toBe(true);
    expect(verifyRequest(header, { ...received, method: 'POST' }, verifyKey)).toBe(false);
    expect(verifyRequest(header, { ...received, uri: '/_matrix/federation/v1/send/2' }, verifyKey)).toBe(
      false,
    );
    expect(verifyRequest(header, { ...received, uri: request.uri.replace('%20', '+') }, verifyKey)).toBe(
      false,
    );
    expect(verifyRequest(header, { ...received, destination: origin }, verifyKey)).toBe(false);
    expect(verifyRequest(header, { ...received, content: { pdus: [] } }, verifyKey)).toBe(false);
    expect(verifyRequest(header, { method: 'PUT', uri: request.uri, destination }, verifyKey)).toBe(false);
    expect(verifyRequest({ ...header, origin: destination }, received, verifyKey)).toBe(false);
    expect(verifyRequest({ ...header, signature: '!' }, received, verifyKey)).toBe(false);
    const { destination: _, ...withoutDestination } = header;
    expect(verifyRequest(withoutDestination, received, verifyKey)).toBe(true);
    expect(verifyRequest(withoutDestination, { ...received, destination: origin }, verifyKey)).toBe(false);
  });

  it('has no content when there is no body', () => {
    const header = present(parseXMatrix(signRequest({ ...request, method: 'GET' }, key)));
    expect(verifyRequest(header, { method: 'GET', uri: request.uri, destination }, verifyKey)).toBe(true);
    expect(
      verifyRequest(header, { method: 'GET', uri: request.uri, destination, content: {} }, verifyKey),
    ).toBe(false);
  });

  it('can be made and checked with the body as text', () => {
    const content = { b: 1, a: 2 };
    const canonicalContent = canonicalJson(content);
    const value = signRequest({ ...request, canonicalContent }, key);
    expect(value).toBe(signRequest({ ...request, content }, key));
    const header = present(parseXMatrix(value));
    const received = { method: request.method, uri: request.uri, destination, content };
    expect(verifyRequest(header, { ...received, contentText: canonicalContent }, verifyKey)).toBe(true);
    expect(verifyRequest(header, { ...received, contentText: '{"b": 1, "a": 2}' }, verifyKey)).toBe(true);
    const other = { ...received, content: { a: 1 }, contentText: '{"a":1}' };
    expect(verifyRequest(header, other, verifyKey)).toBe(false);
  });

  it('verifies a transaction despite an event that cannot be canonical JSON', () => {
    const body = '{"pdus":[{"depth":1.5},{"text":"\\ud800"}]}';
    const header = present(parseXMatrix(signRequest({ ...request, canonicalContent: body }, key)));
    const received = { method: request.method, uri: request.uri, destination, content: parsed(` ${body}`) };
    expect(verifyRequest(header, received, verifyKey)).toBe(true);
  });
});
