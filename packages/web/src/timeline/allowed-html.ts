/** https://spec.matrix.org/latest/client-server-api/#mroommessage-msgtypes, what clients should render. */
export const ALLOWED_TAGS: ReadonlySet<string> = new Set(
  (
    'del h1 h2 h3 h4 h5 h6 blockquote p a ul ol sup sub li b i u strong em s code hr br div table thead ' +
    'tbody tr th td caption pre span img details summary font'
  ).split(' '),
);

export const ALLOWED_ATTRIBUTES: ReadonlySet<string> = new Set([
  'href',
  'start',
  'src',
  'alt',
  'title',
  'width',
  'height',
  'data-mx-spoiler',
]);

const LINK_SCHEMES: ReadonlySet<string> = new Set(['https:', 'http:', 'ftp:', 'mailto:', 'magnet:']);

/** The link when its scheme may be followed. */
export function safeLink(href: string): string | undefined {
  try {
    return LINK_SCHEMES.has(new URL(href).protocol) ? href : undefined;
  } catch {
    return undefined;
  }
}

export type TextPart = { readonly text: string; readonly href: string | undefined };

const WEB_ADDRESS = /\bhttps?:\/\/[^\s<>"'`]+/gi;
const TRAILING_PUNCTUATION = /[).,;:!?\]}]+$/;

/** Plain text cut where web addresses begin and end. */
export function findLinks(body: string): TextPart[] {
  const parts: TextPart[] = [];
  let end = 0;
  for (const match of body.matchAll(WEB_ADDRESS)) {
    const href = trimAddress(match[0]);
    if (!safeLink(href)) continue;
    if (match.index > end) parts.push({ text: body.slice(end, match.index), href: undefined });
    parts.push({ text: href, href });
    end = match.index + href.length;
  }
  if (end < body.length) parts.push({ text: body.slice(end), href: undefined });
  return parts;
}

/** Punctuation after an address belongs to the sentence, unless it closes what the address opened. */
function trimAddress(address: string): string {
  const trailing = TRAILING_PUNCTUATION.exec(address)?.[0] ?? '';
  const bare = address.slice(0, address.length - trailing.length);
  return trailing.startsWith(')') && bare.includes('(') ? `${bare})` : bare;
}

/** The body of a reply without the quoted fallback that older clients put before it. */
export function withoutReplyFallback(body: string): string {
  if (!body.startsWith('> <')) return body;
  const lines = body.split('\n');
  const first = lines.findIndex((line) => !line.startsWith('>'));
  if (first < 0) return body;
  return lines.slice(first).join('\n').replace(/^\n/, '');
}

export function withoutHtmlReplyFallback(html: string): string {
  const end = html.indexOf('</mx-reply>');
  return html.startsWith('<mx-reply>') && end > 0 ? html.slice(end + '</mx-reply>'.length) : html;
}
