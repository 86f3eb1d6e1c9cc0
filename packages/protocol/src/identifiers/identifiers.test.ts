import { describe, expect, it } from 'vitest';
import { serverName, userId } from '../test-support/identifiers.ts';
import { readVector } from '../test-support/vectors.ts';
import { isJsonArray, isJsonObject, type JsonValue } from '../json/json-value.ts';
import {
  createEventIdOfRoom,
  isHistoricalUserId,
  isNonCompliantUserId,
  isValidNewLocalpart,
  localpartOf,
  makeUserId,
  parseEventId,
  parseKeyId,
  parseRoomAlias,
  parseRoomId,
  parseRoomVersionId,
  parseServerName,
  parseUserId,
  roomIdOfCreateEvent,
  serverNameOf,
} from './identifiers.ts';
import { parseMxcUri } from './mxc-uri.ts';
import { parseServerNameParts } from './server-name.ts';

const vectors = readVector('identifiers.json');

describe('identifiers', () => {
  const parsers = {
    userId: parseUserId,
    roomId: parseRoomId,
    eventId: parseEventId,
    roomAlias: parseRoomAlias,
  };
  for (const [kind, parse] of Object.entries(parsers)) {
    it(`tell a ${kind} from what is none`, () => {
      for (const id of strings(kind, 'valid')) expect(parse(id)).toBe(id);
      for (const id of strings(kind, 'invalid')) expect([id, parse(id)]).toEqual([id, undefined]);
    });
  }

  it('take server names apart', () => {
    for (const { id, ...parts } of objects('serverName')) {
      expect(parseServerName(String(id))).toBe(id);
      expect(parseServerNameParts(serverName(String(id)))).toEqual(parts);
    }
    for (const id of strings('serverName', 'invalid'))
      expect([id, parseServerName(id)]).toEqual([id, undefined]);
  });

  it('take media addresses apart', () => {
    for (const { uri, ...parts } of objects('mxc')) expect(parseMxcUri(String(uri))).toEqual(parts);
    for (const uri of strings('mxc', 'invalid')) expect([uri, parseMxcUri(uri)]).toEqual([uri, undefined]);
  });

  it('are on the server that follows the first colon', () => {
    const id = userId('@alice:example.org:8448');
    expect([localpartOf(id), serverNameOf(id)]).toEqual(['alice', 'example.org:8448']);
    expect(serverNameOf('!opaque')).toBe(undefined);
  });

  it('are made strictly and received leniently', () => {
    for (const localpart of strings('newLocalpart', 'valid'))
      expect(isValidNewLocalpart(localpart)).toBe(true);
    for (const localpart of strings('newLocalpart', 'invalid'))
      expect(isValidNewLocalpart(localpart)).toBe(false);
    expect(makeUserId('alice', serverName('b'))).toBe('@alice:b');
    expect(makeUserId('Alice', serverName('b'))).toBe(undefined);
    expect(makeUserId('a'.repeat(253), serverName('b'))).toBe(undefined);
    expect(isHistoricalUserId(userId('@Alice:b'))).toBe(true);
    expect(isHistoricalUserId(userId('@alice:b'))).toBe(false);
    expect(isNonCompliantUserId(userId('@Alice:b'))).toBe(false);
    expect(isNonCompliantUserId(userId('@ä:b'))).toBe(true);
    expect(isNonCompliantUserId(userId('@:b'))).toBe(true);
  });

  it('of keys and room versions have their grammars', () => {
    expect(parseKeyId('ed25519:a_1')).toBe('ed25519:a_1');
    for (const bad of ['ed25519', 'ed25519:', ':1', 'ed25519:a b', 'ED:1'])
      expect(parseKeyId(bad)).toBe(undefined);
    expect(parseRoomVersionId('org.example.v1-2')).toBe('org.example.v1-2');
    for (const bad of ['', 'A', 'a'.repeat(33), 'a_b']) expect(parseRoomVersionId(bad)).toBe(undefined);
  });

  it('of a room and of its create event follow from each other', () => {
    const create = parseEventId('$abc');
    const room = create === undefined ? undefined : roomIdOfCreateEvent(create);
    expect(room).toBe('!abc');
    expect(room === undefined ? undefined : createEventIdOfRoom(room)).toBe('$abc');
  });
});

function group(kind: string, validity: string): readonly JsonValue[] {
  const ofKind = isJsonObject(vectors) ? vectors[kind] : undefined;
  const list = isJsonObject(ofKind) ? ofKind[validity] : undefined;
  if (!isJsonArray(list) || list.length === 0) throw new Error(`no ${validity} ${kind}`);
  return list;
}

function strings(kind: string, validity: string): readonly string[] {
  return group(kind, validity).map(String);
}

function objects(kind: string): readonly { readonly [key: string]: JsonValue }[] {
  return group(kind, 'valid').filter(isJsonObject);
}
