/** A refusal by the homeserver or the workspace API; `message` is a sentence fit to show. */
export class RequestError extends Error {
  readonly errcode: string;
  readonly status: number;
  readonly field: string | undefined;

  constructor(details: { message: string; errcode: string; status: number; field?: string | undefined }) {
    super(details.message);
    this.name = 'RequestError';
    this.errcode = details.errcode;
    this.status = details.status;
    this.field = details.field;
  }
}

export type JsonObject = { readonly [key: string]: unknown };

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

export type RequestOptions = {
  readonly method?: 'GET' | 'POST';
  readonly body?: unknown;
  readonly accessToken?: string;
};

/** One JSON request to this workspace's own server. Throws `RequestError` when it is refused. */
export async function request(path: string, options: RequestOptions = {}): Promise<JsonObject> {
  const headers = new Headers();
  if (options.accessToken) headers.set('authorization', `Bearer ${options.accessToken}`);
  if (options.body !== undefined) headers.set('content-type', 'application/json');
  const response = await fetch(path, {
    method: options.method ?? 'GET',
    headers,
    ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
  });
  const parsed: unknown = await response.json().catch(() => undefined);
  const body = isObject(parsed) ? parsed : {};
  if (response.ok) return body;
  throw new RequestError({
    message: text(body.error) ?? '',
    errcode: text(body.errcode) ?? 'M_UNKNOWN',
    status: response.status,
    field: text(body.field),
  });
}
