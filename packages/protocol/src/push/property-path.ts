import { isJsonObject, type JsonObject, type JsonValue, ownProperty } from '../json/json-value.ts';

/**
 * The property at a dot-separated path; a backslash makes a dot or a backslash part of a name.
 *
 * @see https://spec.matrix.org/v1.19/appendices/#dot-separated-property-paths
 */
export function propertyAt(object: JsonObject, path: string): JsonValue | undefined {
  return propertyAlong(object, splitPath(path));
}

/** The same for a path that is split already. */
export function propertyAlong(object: JsonObject, names: readonly string[]): JsonValue | undefined {
  let value: JsonValue | undefined = object;
  for (const name of names) {
    if (!isJsonObject(value)) return undefined;
    value = ownProperty(value, name);
  }
  return value;
}

/** The names of a dot-separated path. */
export function splitPath(path: string): readonly string[] {
  const names: string[] = [];
  let name = '';
  for (let i = 0; i < path.length; i++) {
    const character = path.charAt(i);
    const next = path.charAt(i + 1);
    if (character === '\\' && (next === '.' || next === '\\')) {
      name += next;
      i++;
    } else if (character === '.') {
      names.push(name);
      name = '';
    } else {
      name += character;
    }
  }
  return [...names, name];
}
