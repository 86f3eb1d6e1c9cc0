import { describe, expect, it } from 'vitest';
import { highlight } from './highlight.ts';

const told = (code: string, language?: string) =>
  highlight(code, language)
    .filter((part) => part.kind)
    .map((part) => `${part.kind} ${part.text}`);

describe('highlighting', () => {
  it('tells comments, strings, numbers and keywords apart', () => {
    expect(told("const a = 'x // y'; // 1", 'js')).toEqual([
      'keyword const',
      "string 'x // y'",
      'comment // 1',
    ]);
    expect(told('return 42 # no 1', 'python')).toEqual(['keyword return', 'number 42', 'comment # no 1']);
    expect(told('select 1', 'SQL')).toEqual(['keyword select', 'number 1']);
  });

  it('loses no character', () => {
    const code = 'if (a)\n\t`b` /* open';
    expect(
      highlight(code, 'ts')
        .map((part) => part.text)
        .join(''),
    ).toBe(code);
  });

  it('leaves unknown languages alone', () => {
    expect(told('const a', 'brainfuck')).toEqual([]);
    expect(told('const a')).toEqual([]);
  });
});
