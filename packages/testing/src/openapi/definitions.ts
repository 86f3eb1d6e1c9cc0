/** The specification's OpenAPI files, read once, and the operations that they describe. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import { parse } from 'yaml';

/** Beside the repository, where it is at all. */
export const specificationFolder = resolve(import.meta.dirname, '../../../../../shared/matrix-spec');

export type JsonRecord = { readonly [name: string]: unknown };

export const isRecord = (value: unknown): value is JsonRecord =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export type Operation = {
  /** The path of its document in the specification's `data`. */
  readonly document: string;
  readonly method: string;
  /** With its base path, as in `/_matrix/client/v3/rooms/{roomId}/state`. */
  readonly path: string;
  /** JSON pointer to the operation in its document. */
  readonly pointer: string;
};

export type Definitions = {
  /** By path in the specification's `data`. */
  readonly documents: { readonly [path: string]: JsonRecord };
  readonly operations: readonly Operation[];
};

const apis = ['api/client-server', 'api/server-server'];
const methods = ['get', 'put', 'post', 'delete'];

/** Undefined where the specification is not present. @throws when it is, and has no operations */
export const readDefinitions = (folder = specificationFolder): Definitions | undefined => {
  const data = join(folder, 'data');
  if (!existsSync(data)) return undefined;
  const documents: { [path: string]: JsonRecord } = {};
  for (const file of readdirSync(data, { recursive: true, encoding: 'utf8' })) {
    const path = relative('.', file).split(sep).join('/');
    if (!/\.yaml$/.test(path) || !/^(?:api|event-schemas)\//.test(path)) continue;
    const document: unknown = JSON.parse(JSON.stringify(parse(readFileSync(join(data, file), 'utf8'))));
    if (isRecord(document)) documents[path] = document;
  }
  const operations = Object.keys(documents)
    .filter((path) => apis.some((api) => path.slice(0, path.lastIndexOf('/')) === api))
    .flatMap((path) => operationsOf(path, documents[path] ?? {}));
  if (operations.length === 0) throw new Error(`${data} describes no operations`);
  return { documents, operations };
};

const operationsOf = (document: string, content: JsonRecord): Operation[] => {
  const base = valueAt(content, '/servers/0/variables/basePath/default');
  const paths = content['paths'];
  if (typeof base !== 'string' || !isRecord(paths)) throw new Error(`${document} has no paths`);
  return Object.entries(paths).flatMap(([path, item]) =>
    methods
      .filter((method) => isRecord(item) && isRecord(item[method]))
      .map((method) => ({
        document,
        method: method.toUpperCase(),
        path: base + path,
        pointer: `/paths/${escapePart(path)}/${method}`,
      })),
  );
};

/** @see https://www.rfc-editor.org/rfc/rfc6901 */
export const escapePart = (part: string): string => part.replaceAll('~', '~0').replaceAll('/', '~1');

/** What a JSON pointer points to, if anything. */
export const valueAt = (document: unknown, pointer: string): unknown => {
  let value = document;
  for (const part of pointer.split('/').slice(1)) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
    if (Array.isArray(value)) value = value[Number(key)];
    else if (isRecord(value)) value = value[key];
    else return undefined;
  }
  return value;
};
