import { repeatableFetch } from './repeatable-fetch.ts';

/** A code that stands for a sentence, and what the sentence names. */
export type Fault = {
  readonly code: string;
  readonly parameters: Readonly<Record<string, string | number>>;
};

/** A refusal by the homeserver or the workspace API; `message` is a sentence fit to show. */
export class RequestError extends Error {
  readonly errcode: string;
  readonly status: number;
  readonly field: string | undefined;
  /** What is wrong, for words of our own. */
  readonly fault: Fault | undefined;

  constructor(details: {
    message: string;
    errcode: string;
    status: number;
    field?: string | undefined;
    fault?: Fault | undefined;
  }) {
    super(details.message);
    this.name = 'RequestError';
    this.errcode = details.errcode;
    this.status = details.status;
    this.field = details.field;
    this.fault = details.fault;
  }
}

export type JsonObject = { readonly [key: string]: unknown };

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

export type RequestOptions = {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly body?: unknown;
  readonly accessToken?: string;
};

/** One JSON request to this workspace's own server. Throws `RequestError` when it is refused. */
export async function request(path: string, options: RequestOptions = {}): Promise<JsonObject> {
  const headers = new Headers();
  if (options.accessToken) headers.set('authorization', `Bearer ${options.accessToken}`);
  if (options.body !== undefined) headers.set('content-type', 'application/json');
  const response = await repeatableFetch(path, {
    method: options.method ?? 'GET',
    headers,
    ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
  });
  if (!response.ok) throw await refusalIn(response);
  return bodyOf(response);
}

const bodyOf = async (response: Response): Promise<JsonObject> => {
  const parsed: unknown = await response.json().catch(() => undefined);
  return isObject(parsed) ? parsed : {};
};

/** What an answer that is a refusal says. */
export async function refusalIn(response: Response): Promise<RequestError> {
  const body = await bodyOf(response);
  return new RequestError({
    message: text(body.error) ?? '',
    errcode: text(body.errcode) ?? 'M_UNKNOWN',
    status: response.status,
    field: text(body.field),
    fault: readFault(body),
  });
}

/** What the body of a refusal says is wrong. */
export const readFault = (body: JsonObject): Fault | undefined => {
  const code = text(body.fault);
  if (code === undefined) return undefined;
  const given = isObject(body.parameters) ? Object.entries(body.parameters) : [];
  const parameters = given.flatMap(([name, value]) =>
    typeof value === 'string' || typeof value === 'number' ? [[name, value] as const] : [],
  );
  return { code, parameters: Object.fromEntries(parameters) };
};
