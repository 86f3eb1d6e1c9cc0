/** What a link of https://spec.matrix.org/latest/appendices/#matrixto-navigation leads to. */
export type MatrixToTarget =
  | { readonly kind: 'person'; readonly userId: string }
  | {
      readonly kind: 'room';
      /** A room ID or an alias. */
      readonly room: string;
      readonly eventId: string | undefined;
      readonly via: readonly string[];
    };

const PREFIX = 'https://matrix.to/#/';

/** Percent-encoded, but for the characters by which clients recognise an identifier. */
const encode = (id: string) => encodeURIComponent(id).replaceAll('%40', '@').replaceAll('%3A', ':');

export function matrixToLink(id: string, eventId?: string, via: readonly string[] = []): string {
  const event = eventId ? `/${encode(eventId)}` : '';
  const query = via.map((server) => `via=${encodeURIComponent(server)}`).join('&');
  return `${PREFIX}${encode(id)}${event}${query ? `?${query}` : ''}`;
}

export function parseMatrixTo(href: string): MatrixToTarget | undefined {
  if (!href.startsWith(PREFIX)) return undefined;
  const [path = '', query = ''] = href.slice(PREFIX.length).split('?', 2);
  let parts: string[];
  try {
    parts = path.split('/').map(decodeURIComponent);
  } catch {
    return undefined;
  }
  const [id = '', eventId] = parts;
  if (parts.length === 1 && /^@[^:]*:./.test(id)) return { kind: 'person', userId: id };
  if (!/^(![^\s]+|#[^:\s]+:.+)$/.test(id) || parts.length > 2) return undefined;
  if (eventId !== undefined && !eventId.startsWith('$')) return undefined;
  return { kind: 'room', room: id, eventId, via: new URLSearchParams(query).getAll('via') };
}
