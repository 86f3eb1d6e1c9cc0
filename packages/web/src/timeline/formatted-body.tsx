import DOMPurify from 'dompurify';
import { createElement, Fragment, type ReactNode, useMemo, useState } from 'react';
import { t } from '../i18n/translate.ts';
import { CodeBlock } from '../markdown/code-block.tsx';
import { useImage } from '../media/authenticated-media.ts';
import { ALLOWED_ATTRIBUTES, ALLOWED_TAGS } from './allowed-html.ts';
import { MessageLink } from './message-link.tsx';

const MAX_DEPTH = 100;
const MAX_INLINE_IMAGE_PX = 320;

/**
 * A message's HTML: sanitised, then rebuilt as React elements from the allow-list, so that no string of
 * a remote person is ever parsed into this document.
 */
export function FormattedBody({ html }: { html: string }) {
  const content = useMemo(() => renderHtml(html), [html]);
  const Box = isOneLine(html) ? 'span' : 'div';
  return <Box className="rich [overflow-wrap:anywhere]">{content}</Box>;
}

const BLOCKS = /<(?:p|div|h[1-6]|ul|ol|li|pre|blockquote|table|hr|details|caption)\b/i;

/** Whether other words may stand beside it. */
export const isOneLine = (html: string): boolean => !BLOCKS.test(html);

function renderHtml(html: string): ReactNode {
  const fragment = DOMPurify.sanitize(html, {
    ALLOWED_TAGS: [...ALLOWED_TAGS],
    // The class of code names its language; it is read, never given to an element.
    ALLOWED_ATTR: [...ALLOWED_ATTRIBUTES, 'class'],
    ALLOWED_URI_REGEXP: /^(?:https?|ftp|mailto|magnet|mxc):/i,
    ALLOW_DATA_ATTR: false,
    RETURN_DOM_FRAGMENT: true,
  });
  return renderChildren(fragment, 0, false);
}

function renderChildren(parent: Node, depth: number, preformatted: boolean): ReactNode {
  if (depth > MAX_DEPTH) return parent.textContent;
  return [...parent.childNodes].map((node, index) => (
    <Fragment key={index}>{renderNode(node, depth, preformatted)}</Fragment>
  ));
}

function renderNode(node: Node, depth: number, preformatted: boolean): ReactNode {
  if (node.nodeType === Node.TEXT_NODE) return node.textContent;
  if (!(node instanceof Element)) return null;
  const tag = node.tagName.toLowerCase();
  if (!ALLOWED_TAGS.has(tag)) return null;
  const children = () => renderChildren(node, depth + 1, preformatted || tag === 'pre');
  switch (tag) {
    case 'br':
    case 'hr':
      return createElement(tag);
    case 'img':
      return <InlineImage element={node} />;
    case 'a':
      return <MessageLink href={node.getAttribute('href') ?? ''}>{children()}</MessageLink>;
    case 'ol':
      return <ol start={Number.parseInt(node.getAttribute('start') ?? '1', 10) || 1}>{children()}</ol>;
    case 'pre':
      return <CodeBlock code={node.textContent} language={languageOf(node)} />;
    case 'code':
      return <code>{children()}</code>;
    case 'span':
    case 'font':
      if (node.hasAttribute('data-mx-spoiler')) return <Spoiler>{children()}</Spoiler>;
      return <span>{children()}</span>;
    default:
      return createElement(tag, null, children());
  }
}

/** https://spec.matrix.org/latest/client-server-api/#mroommessage-msgtypes: `language-` in the class of code. */
function languageOf(pre: Element): string | undefined {
  const named = pre.querySelector('code')?.getAttribute('class') ?? '';
  return /(?:^|\s)language-([\w+#.-]{1,30})/.exec(named)?.[1];
}

function Spoiler({ children }: { children: ReactNode }) {
  const [shown, setShown] = useState(false);
  if (shown) return <span className="rounded bg-hover px-1">{children}</span>;
  return (
    <button
      type="button"
      className="rounded bg-hover px-1.5 text-sm text-ink-soft hover:text-ink"
      onClick={() => setShown(true)}
    >
      {t('message.spoiler')}
    </button>
  );
}

function InlineImage({ element }: { element: Element }) {
  const mxc = element.getAttribute('src') ?? '';
  const alt = element.getAttribute('alt') ?? element.getAttribute('title') ?? '';
  const image = useImage(mxc.startsWith('mxc://') ? mxc : undefined);
  if (image.state !== 'ready') return <span>{alt}</span>;
  const size = (name: string) => {
    const value = Number.parseInt(element.getAttribute(name) ?? '', 10);
    return value > 0 ? Math.min(value, MAX_INLINE_IMAGE_PX) : undefined;
  };
  return (
    <img
      src={image.address}
      alt={alt}
      width={size('width')}
      height={size('height') ?? 32}
      className="inline-block max-w-full align-middle"
    />
  );
}
