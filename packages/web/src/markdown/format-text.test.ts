import { describe, expect, it } from 'vitest';
import { formatText } from './format-text.ts';

describe('the formatting bar', () => {
  it('puts Markdown around what is selected, and takes it away again', () => {
    const bold = formatText('bold', { text: 'a word here', start: 2, end: 6 });
    expect(bold).toEqual({ text: 'a **word** here', start: 4, end: 8 });
    expect(formatText('bold', bold)).toEqual({ text: 'a word here', start: 2, end: 6 });
  });

  it('puts Markdown before each line, and takes it away again', () => {
    const list = formatText('numbers', { text: 'a\nb', start: 0, end: 3 });
    expect(list.text).toBe('1. a\n2. b');
    expect(formatText('numbers', { ...list, start: 0 }).text).toBe('a\nb');
    expect(formatText('quote', { text: 'a\nb', start: 3, end: 3 }).text).toBe('a\n> b');
  });
});
