/** Reads the answers of the endpoints for admins. */
import { isObject, type JsonObject } from '../session/matrix-request.ts';

export const ADMIN = '/_causeway/admin';

export const number = (value: unknown): number => (typeof value === 'number' ? value : 0);

export const optionalNumber = (value: unknown): number | undefined =>
  typeof value === 'number' ? value : undefined;

export const objects = (value: unknown): readonly JsonObject[] =>
  Array.isArray(value) ? value.filter(isObject) : [];

export const strings = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((entry): entry is string => typeof entry === 'string') : [];

/** What is empty is no wish. */
export const queryOf = (wishes: Readonly<Record<string, string | number | boolean | undefined>>): string =>
  String(
    new URLSearchParams(
      Object.entries(wishes).flatMap(([name, value]) =>
        value === undefined || value === '' || value === false ? [] : [[name, String(value)]],
      ),
    ),
  );
