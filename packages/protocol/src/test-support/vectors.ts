import { readdirSync, readFileSync } from 'node:fs';
import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from '../json/json-value.ts';
import { parseJson } from '../json/parse-json.ts';

const folder = new URL('../../vectors/', import.meta.url);

/** The text of a file in `packages/protocol/vectors`. */
export function readVectorText(path: string): string {
  return readFileSync(new URL(path, folder), 'utf8');
}

/** A JSON file in `packages/protocol/vectors`. */
export function readVector(path: string): JsonValue {
  return parsed(readVectorText(path));
}

/** A JSON file that is a list of objects. */
export function readVectorList(path: string): readonly JsonObject[] {
  return objectsOf(readVector(path));
}

/** A JSON file that is an object whose members are lists of objects. */
export function readVectorGroup(path: string, group: string): readonly JsonObject[] {
  const file = readVector(path);
  return objectsOf(isJsonObject(file) ? file[group] : undefined);
}

export function listVectors(path: string): readonly string[] {
  return readdirSync(new URL(path, folder));
}

/** Parses JSON that a test relies on. */
export function parsed(text: string): JsonValue {
  const result = parseJson(text);
  if (!result.ok) throw new Error(result.reason);
  return result.value;
}

export function objectsOf(value: JsonValue | undefined): readonly JsonObject[] {
  if (!isJsonArray(value)) throw new Error('expected a list');
  return value.map((member) => {
    if (!isJsonObject(member)) throw new Error('expected an object');
    return member;
  });
}

export function textOf(value: JsonValue | undefined): string {
  if (typeof value !== 'string') throw new Error('expected a string');
  return value;
}

/** What a test knows to be there. */
export function present<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error('expected a value');
  return value;
}
