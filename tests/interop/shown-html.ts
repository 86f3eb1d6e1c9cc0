/** What the web app's render leaves out of a message's HTML, by its allow-list. */
import { ALLOWED_ATTRIBUTES, ALLOWED_TAGS, safeLink } from '../../packages/web/src/timeline/allowed-html.ts';

const TAG = /<([a-z][^\s/>]*)((?:"[^"]*"|'[^']*'|[^>"'])*)>/gi;
const ATTRIBUTE = /([^\s=/"']+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+)))?/g;

/** The elements, attributes and links that are not shown, as they are written. */
export const leftOut = (html: string): readonly string[] => {
  const found: string[] = [];
  for (const [, written = '', attributes = ''] of html.matchAll(TAG)) {
    const tag = written.toLowerCase();
    if (!ALLOWED_TAGS.has(tag)) found.push(`<${tag}>`);
    for (const [, name = '', ...values] of attributes.matchAll(ATTRIBUTE)) {
      const value = values.find((one) => one !== undefined) ?? '';
      if (!isShown(tag, name.toLowerCase(), value)) found.push(`${tag} ${name.toLowerCase()}`);
    }
  }
  return found;
};

const isShown = (tag: string, name: string, value: string): boolean => {
  // The class of code names its language; it is read, never given to an element.
  if (tag === 'code' && name === 'class') return /^language-[\w+#.-]{1,30}$/.test(value);
  if (name === 'href') return safeLink(value) !== undefined;
  if (name === 'src') return value.startsWith('mxc://');
  return ALLOWED_ATTRIBUTES.has(name);
};
