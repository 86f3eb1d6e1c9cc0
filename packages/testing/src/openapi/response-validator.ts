/** Says whether a response is one that the specification's OpenAPI allows for its request. */
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { type Definitions, escapePart, isRecord, type Operation, valueAt } from './definitions.ts';
import { exceptionFor } from './exceptions.ts';
import { operationFinder } from './find-operation.ts';

export type SeenResponse = {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly status: number;
  readonly contentType: string | undefined;
  readonly body: Uint8Array;
};

export type Verdict =
  | { readonly kind: 'valid'; readonly operation: Operation }
  /** As one of the exceptions has it; of some the specification knows no operation. */
  | { readonly kind: 'excepted'; readonly operation: Operation | undefined }
  /** Nothing of the specification, and refused as that. */
  | { readonly kind: 'unknown' }
  | {
      readonly kind: 'invalid';
      readonly operation: Operation | undefined;
      readonly faults: readonly string[];
    };

export type ResponseValidator = (response: SeenResponse) => Verdict;

/** Told of one response; more only make it harder to read. */
const MAX_FAULTS = 5;

/** @see https://spec.matrix.org/v1.19/client-server-api/#standard-error-response */
const standardError = { document: 'api/client-server/definitions/errors/error.yaml', pointer: '' };

/** @see https://spec.matrix.org/v1.19/appendices/#common-identifier-format */
const formats: { readonly [name: string]: RegExp } = {
  'mx-user-id': /^@[^:\0]*:[^\0]+$/,
  'mx-room-id': /^![^\0]+$/,
  'mx-event-id': /^\$[^\0]+$/,
  'mx-room-alias': /^#[^:\0]*:[^\0]+$/,
  'mx-mxc-uri': /^mxc:\/\/[^/]+\/[\w-]+$/,
  'mx-server-name': /^(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?$/,
  'mx-unpadded-base64': /^[A-Za-z0-9+/]*$/,
  'mx-urlsafe-unpadded-base64': /^[\w-]*$/,
};

export const createResponseValidator = (definitions: Definitions): ResponseValidator => {
  const find = operationFinder(definitions.operations);
  const schemas = compiler(definitions);

  const faultsOf = (operation: Operation, seen: SeenResponse): readonly string[] => {
    const place = responsePlace(definitions, operation, seen.status);
    // Any request may be refused, for reasons that no operation names.
    if (place === undefined) {
      if (seen.status >= 400) return jsonFaults(schemas(standardError), seen);
      return [`status ${seen.status} is none of this operation`];
    }
    const content = valueAt(definitions.documents[operation.document], `${place}/content`);
    if (!isRecord(content)) return [];
    if (content['application/json'] === undefined) return contentTypeFaults(Object.keys(content), seen);
    const pointer = `${place}/content/${escapePart('application/json')}/schema`;
    if (valueAt(definitions.documents[operation.document], pointer) === undefined) return [];
    return jsonFaults(schemas({ document: operation.document, pointer }), seen);
  };

  return (seen) => {
    // What was `r0` for clients of before v1.1 is answered as `v3`.
    const path = (seen.url.split('?')[0] ?? '').replace('/_matrix/client/r0/', '/_matrix/client/v3/');
    const operation = find(seen.method, path);
    if (operation === undefined) {
      const faults =
        seen.status < 400
          ? [`it is answered with ${seen.status}, and the specification knows no such operation`]
          : jsonFaults(schemas(standardError), seen);
      if (faults.length === 0) return { kind: 'unknown' };
      if (exceptionFor(seen, path, faults)) return { kind: 'excepted', operation };
      return { kind: 'invalid', operation, faults };
    }
    const faults = faultsOf(operation, seen);
    if (faults.length === 0) return { kind: 'valid', operation };
    if (exceptionFor(seen, operation.path, faults)) return { kind: 'excepted', operation };
    return { kind: 'invalid', operation, faults };
  };
};

/** JSON pointer to what is said of a status, where it is said. */
const responsePlace = (
  { documents }: Definitions,
  operation: Operation,
  status: number,
): string | undefined => {
  const document = documents[operation.document];
  const place = [String(status), `${Math.floor(status / 100)}XX`]
    .map((key) => `${operation.pointer}/responses/${key}`)
    .find((pointer) => valueAt(document, pointer) !== undefined);
  const reference = place === undefined ? undefined : valueAt(document, `${place}/$ref`);
  return typeof reference === 'string' ? reference.replace(/^#/, '') : place;
};

const jsonFaults = (validate: ValidateFunction, { body, contentType }: SeenResponse): readonly string[] => {
  if (!/^application\/json\b/.test(contentType ?? ''))
    return [`its content type is ${contentType}, not JSON`];
  let json: unknown;
  try {
    json = JSON.parse(Buffer.from(body).toString());
  } catch {
    return ['its body is not JSON'];
  }
  if (validate(json)) return [];
  return (validate.errors ?? []).slice(0, MAX_FAULTS).map((error) => described(error, json));
};

const described = ({ instancePath, message, params, keyword }: ErrorObject, json: unknown): string => {
  const detail = keyword === 'additionalProperties' ? ` (${JSON.stringify(params)})` : '';
  const found = JSON.stringify(valueAt(json, instancePath)) ?? 'nothing';
  return `${instancePath || '/'} ${message}${detail}, but it is ${found.slice(0, 200)}`;
};

const contentTypeFaults = (allowed: readonly string[], { contentType = 'none' }: SeenResponse) => {
  const [type = ''] = contentType.split(';');
  const any = allowed.some(
    (one) => one === '*/*' || one === 'application/octet-stream' || one === type.trim(),
  );
  return any ? [] : [`its content type is ${contentType}, not ${allowed.join(' or ')}`];
};

/** Compiles a schema with all documents that it refers to; each once. */
const compiler = ({ documents }: Definitions) => {
  const ajv = new Ajv2020({ strict: false, allErrors: true, validateSchema: false, formats });
  addFormats.default(ajv, ['uri', 'email', 'int64', 'int32', 'float', 'double']);
  const compiled = new Map<string, ValidateFunction>();
  const added = new Set<string>();
  const add = (path: string): void => {
    if (added.has(path)) return;
    added.add(path);
    const document = documents[path];
    if (document === undefined) throw new Error(`the specification refers to ${path}, which is not there`);
    // Its own URI in it: a schema that another only refers to would resolve its references against the other's.
    ajv.addSchema({ ...document, $id: uriOf(path) });
    for (const reference of schemaReferences(document)) add(reference.replace(/^\//, ''));

    function schemaReferences(value: unknown): string[] {
      if (Array.isArray(value)) return value.flatMap(schemaReferences);
      if (!isRecord(value)) return [];
      return Object.entries(value).flatMap(([key, inner]) => {
        if (key === '$ref' && typeof inner === 'string' && !inner.startsWith('#')) {
          const { pathname } = new URL(inner, uriOf(path));
          return pathname.endsWith('.yaml') ? [pathname] : [];
        }
        return key === 'example' || key === 'examples' ? [] : schemaReferences(inner);
      });
    }
  };
  return ({ document, pointer }: { readonly document: string; readonly pointer: string }) => {
    const key = `${uriOf(document)}#${encodeURI(pointer)}`;
    const known = compiled.get(key);
    if (known !== undefined) return known;
    add(document);
    const validate = ajv.getSchema(key) ?? ajv.compile({ $ref: key });
    compiled.set(key, validate);
    return validate;
  };
};

const uriOf = (path: string): string => `spec://matrix/${path}`;
