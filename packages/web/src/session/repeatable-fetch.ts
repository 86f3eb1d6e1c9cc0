/**
 * A request that changes something bears a key. When it got no answer, the same request goes out under the
 * same key the next time, so that the server does nothing twice.
 */
type Unanswered = { readonly key: string; readonly since: number };

const HEADER = 'Idempotency-Key';
/** The server keeps what it did under a key for as long. */
const LIFETIME_MS = 10 * 60_000;
const KEY_BYTES = 16;

/** What can be done twice: messages have transaction IDs, and most other requests can be repeated. */
const CHANGES =
  /\/(?:createRoom$|(?:join|knock)\/|rooms\/[^/]+\/(?:(?:invite|join|leave|kick|ban|unban|report|upgrade|invitations)(?:$|\/)|state\/)|links\/(?:invitation|password)$|admin\/(?:people|invitation-links|registration-tokens)(?:$|\/))/;

const unanswered = new Map<string, Unanswered>();

export const repeatableFetch: typeof fetch = async (input, init) => {
  const { method = 'GET', body } = init ?? {};
  const url = new URL(input instanceof Request ? input.url : input, location.href);
  if (!['POST', 'PUT'].includes(method) || typeof (body ?? '') !== 'string' || !CHANGES.test(url.pathname))
    return fetch(input, init);
  const name = `${method} ${url.href} ${typeof body === 'string' ? body : ''}`;
  const headers = new Headers(init?.headers);
  headers.set(HEADER, keyFor(name));
  const response = await fetch(input, { ...init, headers });
  if (response.ok) unanswered.delete(name);
  return response;
};

function keyFor(name: string): string {
  const now = Date.now();
  for (const [old, { since }] of unanswered) if (now - since > LIFETIME_MS) unanswered.delete(old);
  const known = unanswered.get(name)?.key;
  if (known) return known;
  // Not randomUUID: it exists on https pages only.
  const bytes = crypto.getRandomValues(new Uint8Array(KEY_BYTES));
  const key = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  unanswered.set(name, { key, since: now });
  return key;
}
