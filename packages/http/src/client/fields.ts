/** Reads the fields of requests, and names the field that is wrong. */
import { invalidParam, MatrixError } from '@causeway/homeserver';
import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from '@causeway/protocol';
import type { HttpRequest } from '../route.ts';

const wrong = (name: string, should: string) => new MatrixError('M_BAD_JSON', `"${name}" must be ${should}.`);
const missing = (name: string) => new MatrixError('M_MISSING_PARAM', `"${name}" is missing.`);

const given = (body: JsonObject, name: string): JsonValue | undefined =>
  Object.hasOwn(body, name) && body[name] !== null ? body[name] : undefined;

export const optionalString = (body: JsonObject, name: string): string | undefined => {
  const value = given(body, name);
  if (value !== undefined && typeof value !== 'string') throw wrong(name, 'a string');
  return value;
};

export const requiredString = (body: JsonObject, name: string): string => {
  const value = optionalString(body, name);
  if (value === undefined) throw missing(name);
  return value;
};

export const optionalBoolean = (body: JsonObject, name: string): boolean | undefined => {
  const value = given(body, name);
  if (value !== undefined && typeof value !== 'boolean') throw wrong(name, 'true or false');
  return value;
};

export const requiredBoolean = (body: JsonObject, name: string): boolean => {
  const value = optionalBoolean(body, name);
  if (value === undefined) throw missing(name);
  return value;
};

export const optionalInteger = (body: JsonObject, name: string): number | undefined => {
  const value = given(body, name);
  if (value !== undefined && (typeof value !== 'number' || !Number.isSafeInteger(value))) {
    throw wrong(name, 'an integer');
  }
  return value;
};

export const requiredInteger = (body: JsonObject, name: string): number => {
  const value = optionalInteger(body, name);
  if (value === undefined) throw missing(name);
  return value;
};

export const optionalObject = (body: JsonObject, name: string): JsonObject | undefined => {
  const value = given(body, name);
  if (value !== undefined && !isJsonObject(value)) throw wrong(name, 'an object');
  return value;
};

export const optionalList = (body: JsonObject, name: string): readonly JsonValue[] | undefined => {
  const value = given(body, name);
  if (value !== undefined && !isJsonArray(value)) throw wrong(name, 'a list');
  return value;
};

export const requiredList = (body: JsonObject, name: string): readonly JsonValue[] => {
  const value = optionalList(body, name);
  if (value === undefined) throw missing(name);
  return value;
};

export const optionalStrings = (body: JsonObject, name: string): readonly string[] | undefined =>
  optionalList(body, name)?.map((entry) => {
    if (typeof entry !== 'string') throw wrong(name, 'a list of strings');
    return entry;
  });

export const optionalChoice = <const C extends string>(
  body: JsonObject,
  name: string,
  choices: readonly C[],
): C | undefined => {
  const value = optionalString(body, name);
  const choice = choices.find((one) => one === value);
  if (value !== undefined && choice === undefined) throw wrong(name, `one of ${choices.join(', ')}`);
  return choice;
};

export const queryString = (request: HttpRequest, name: string): string | undefined =>
  request.query.get(name) ?? undefined;

export const queryInteger = (
  request: HttpRequest,
  name: string,
  range: { readonly min: number; readonly max: number },
): number | undefined => {
  const text = request.query.get(name);
  if (text === null || text === '') return undefined;
  if (!/^-?\d{1,15}$/.test(text)) throw invalidParam(`"${name}" must be an integer.`);
  const value = Number(text);
  if (value < range.min) throw invalidParam(`"${name}" must be at least ${range.min}.`);
  return Math.min(value, range.max);
};

export const queryBoolean = (request: HttpRequest, name: string): boolean => {
  const text = request.query.get(name);
  if (text === null || text === 'false' || text === '') return false;
  if (text !== 'true') throw invalidParam(`"${name}" must be true or false.`);
  return true;
};

export const queryChoice = <const C extends string>(
  request: HttpRequest,
  name: string,
  choices: readonly C[],
): C | undefined => {
  const text = request.query.get(name);
  if (text === null) return undefined;
  const choice = choices.find((one) => one === text);
  if (choice === undefined) throw invalidParam(`"${name}" must be one of ${choices.join(', ')}.`);
  return choice;
};
