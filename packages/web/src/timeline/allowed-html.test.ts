import { describe, expect, it } from 'vitest';
import {
  ALLOWED_ATTRIBUTES,
  ALLOWED_TAGS,
  findLinks,
  safeLink,
  withoutHtmlReplyFallback,
  withoutReplyFallback,
} from './allowed-html.ts';

describe('what remote people may put into a message', () => {
  it('holds no element or attribute that runs, loads or restyles', () => {
    for (const tag of [
      'script',
      'style',
      'iframe',
      'object',
      'embed',
      'form',
      'input',
      'svg',
      'math',
      'link',
      'meta',
      'base',
      'video',
    ])
      expect(ALLOWED_TAGS.has(tag)).toBe(false);
    for (const attribute of ['style', 'class', 'id', 'onclick', 'onerror', 'srcset', 'target', 'name'])
      expect(ALLOWED_ATTRIBUTES.has(attribute)).toBe(false);
  });

  it('follows links of harmless schemes only', () => {
    expect(safeLink('https://birch.org/')).toBe('https://birch.org/');
    expect(safeLink('mailto:ada@birch.org')).toBeDefined();
    for (const href of [
      'javascript:alert(1)',
      'JaVaScRiPt:alert(1)',
      ' data:text/html,x',
      'vbscript:x',
      'blob:x',
      '/path',
      '',
    ])
      expect(safeLink(href)).toBeUndefined();
  });

  it('finds addresses in plain text without the punctuation around them', () => {
    expect(findLinks('See https://birch.org/a_(b). Now')).toEqual([
      { text: 'See ', href: undefined },
      { text: 'https://birch.org/a_(b)', href: 'https://birch.org/a_(b)' },
      { text: '. Now', href: undefined },
    ]);
    expect(findLinks('nothing here')).toEqual([{ text: 'nothing here', href: undefined }]);
    expect(findLinks('')).toEqual([]);
  });

  it('drops the quotation that older clients repeat in a reply', () => {
    expect(withoutReplyFallback('> <@ada:north.test> one\n> two\n\nyes')).toBe('yes');
    expect(withoutReplyFallback('> a quotation of my own\n\nyes')).toBe('> a quotation of my own\n\nyes');
    expect(withoutHtmlReplyFallback('<mx-reply><blockquote>x</blockquote></mx-reply>yes')).toBe('yes');
  });
});
