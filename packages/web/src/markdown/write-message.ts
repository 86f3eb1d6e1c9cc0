import MarkdownIt, { type Token } from 'markdown-it';
import { matrixToLink } from './matrix-to.ts';
import { EVERYBODY, type Mentionable, splitMentions } from './split-mentions.ts';

/** What somebody wrote, as it is sent. */
export type Written = {
  /** As it was typed: Markdown is readable as it is. */
  readonly body: string;
  /** Undefined when it says no more than the body. */
  readonly html: string | undefined;
  readonly userIds: readonly string[];
  readonly everybody: boolean;
};

type Environment = { people: readonly Mentionable[]; userIds: Set<string>; everybody: boolean };

/** HTML in the source stays text; pictures are attached, not linked; and no text is swallowed. */
const markdown = new MarkdownIt({ html: false, linkify: true, breaks: true }).disable([
  'image',
  'code',
  'lheading',
  'reference',
]);
markdown.core.ruler.push('mentions', (state) => {
  const environment = state.env as Environment;
  for (const block of state.tokens) {
    if (block.type !== 'inline' || !block.children) continue;
    let links = 0;
    block.children = block.children.flatMap((token) => {
      if (token.type === 'link_open') links++;
      if (token.type === 'link_close') links--;
      return token.type === 'text' && links === 0 ? mentionTokens(token, state.Token, environment) : [token];
    });
  }
});
// Alignment is a style, which no client takes from others.
for (const cell of ['th_open', 'td_open'])
  markdown.renderer.rules[cell] = (tokens, index) => `<${tokens[index]?.tag ?? 'td'}>`;

function mentionTokens(token: Token, Constructor: typeof Token, environment: Environment): Token[] {
  const make = (type: string, tag: string, nesting: -1 | 0 | 1, content = '') => {
    const made = new Constructor(type, tag, nesting);
    made.content = content;
    return made;
  };
  const parts = splitMentions(token.content, environment.people);
  if (parts.every((part) => typeof part === 'string')) return [token];
  return parts.flatMap((part) => {
    if (typeof part === 'string') return [make('text', '', 0, part)];
    if (part.person === EVERYBODY) {
      environment.everybody = true;
      return [make('text', '', 0, part.text)];
    }
    environment.userIds.add(part.person.userId);
    const open = make('link_open', 'a', 1);
    open.attrSet('href', matrixToLink(part.person.userId));
    return [open, make('text', '', 0, part.person.name), make('link_close', 'a', -1)];
  });
}

/** Markdown as the HTML that the specification allows in messages, with the people it calls. */
export function writeMessage(source: string, people: readonly Mentionable[]): Written {
  const environment: Environment = { people, userIds: new Set(), everybody: false };
  const tokens = markdown.parse(source, environment);
  const html = saysMore(tokens, source) ? render(tokens, environment) : undefined;
  return { body: source, html, userIds: [...environment.userIds], everybody: environment.everybody };
}

function render(tokens: Token[], environment: Environment): string {
  const [open, only, close] = tokens;
  const alone = tokens.length === 3 && open?.type === 'paragraph_open' && close?.type === 'paragraph_close';
  if (alone && only?.children)
    return markdown.renderer.renderInline(only.children, markdown.options, environment);
  return markdown.renderer.render(tokens, markdown.options, environment).trimEnd();
}

const squash = (text: string) => text.replace(/\s+/g, ' ').trim();

/** Whether anything but text, lines and bare addresses is in it. */
function saysMore(tokens: readonly Token[], source: string): boolean {
  const words: string[] = [];
  for (const token of tokens) {
    if (token.type === 'paragraph_open' || token.type === 'paragraph_close') continue;
    if (token.type !== 'inline') return true;
    for (const child of token.children ?? []) {
      const bareAddress =
        child.type.startsWith('link_') && child.info === 'auto' && child.markup === 'linkify';
      if (child.type === 'text') words.push(child.content);
      else if (child.type === 'softbreak' || child.type === 'hardbreak') words.push('\n');
      else if (!bareAddress) return true;
    }
    words.push('\n');
  }
  return squash(words.join('')) !== squash(source);
}
