import { describe, expect, it } from 'vitest';
import { EVERYBODY, splitMentions } from './split-mentions.ts';
import { writeMessage } from './write-message.ts';

const people = [
  { userId: '@ada:north.test', name: 'Ada Lovelace' },
  { userId: '@bob:south.test', name: 'Bob' },
  EVERYBODY,
];
const html = (source: string) => writeMessage(source, people).html;
const called = (source: string) =>
  splitMentions(source, people).flatMap((part) => (typeof part === 'string' ? [] : [part.person.userId]));

describe('what is written', () => {
  it('stays plain when it says no more than its words', () => {
    for (const words of [
      'hello',
      'two\nlines',
      'two\n\nparagraphs',
      'see https://birch.org/a_b_c.',
      '  indented\n    text',
      '2 * 3 * 4 = 24 and snake_case_name',
    ])
      expect(html(words)).toBeUndefined();
  });

  it('becomes the HTML of the specification', () => {
    expect(html('**bold** *italic* ~~gone~~ `code`')).toBe(
      '<strong>bold</strong> <em>italic</em> <s>gone</s> <code>code</code>',
    );
    expect(html('```js\nif (a)\n\t  b();\n```')).toBe(
      '<pre><code class="language-js">if (a)\n\t  b();\n</code></pre>',
    );
    expect(html('- a\n- b')).toBe('<ul>\n<li>a</li>\n<li>b</li>\n</ul>');
    expect(html('> said')).toBe('<blockquote>\n<p>said</p>\n</blockquote>');
    expect(html('[here](https://birch.org)')).toBe('<a href="https://birch.org">here</a>');
    expect(html('|a|\n|:-:|\n|b|')).not.toContain('style');
  });

  it('keeps HTML, dangerous links and pictures as text', () => {
    expect(html('**x** <img src=x onerror=alert(1)>')).toBe(
      '<strong>x</strong> &lt;img src=x onerror=alert(1)&gt;',
    );
    expect(html('**x** [y](javascript:alert(1))')).not.toContain('<a');
    expect(html('**x** ![y](https://tracker.test/a.png)')).not.toContain('<img');
  });

  it('swallows nothing', () => {
    expect(html('[a]: https://birch.org')).toBeUndefined();
    expect(html('a heading?\n---')).toContain('a heading?');
  });

  it('makes people who are called into links, but not in code', () => {
    expect(writeMessage('hi @bob!', people)).toEqual({
      body: 'hi @bob!',
      html: 'hi <a href="https://matrix.to/#/@bob:south.test">Bob</a>!',
      userIds: ['@bob:south.test'],
      everybody: false,
    });
    expect(writeMessage('`@bob`', people).userIds).toEqual([]);
    expect(writeMessage('@room look', people)).toMatchObject({ html: undefined, everybody: true });
  });

  it('finds people by ID, by name and by localpart, as whole words', () => {
    expect(called('@bob:south.test look')).toEqual(['@bob:south.test']);
    expect(called('hi @Ada Lovelace, and @bob!')).toEqual(['@ada:north.test', '@bob:south.test']);
    expect(called('@ada.')).toEqual(['@ada:north.test']);
    expect(called('@bobby and mail@bob and @bob:other.test')).toEqual([]);
    expect(called('Bob without the sign')).toEqual([]);
  });
});
