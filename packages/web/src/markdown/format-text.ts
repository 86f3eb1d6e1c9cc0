export type Format =
  | 'bold'
  | 'italic'
  | 'strike'
  | 'code'
  | 'code-block'
  | 'link'
  | 'quote'
  | 'list'
  | 'numbers';

/** A text and what is selected in it. */
export type Selected = { readonly text: string; readonly start: number; readonly end: number };

const AROUND: Partial<Record<Format, readonly [string, string]>> = {
  bold: ['**', '**'],
  italic: ['*', '*'],
  strike: ['~~', '~~'],
  code: ['`', '`'],
  'code-block': ['```\n', '\n```'],
  link: ['[', '](https://)'],
};

const BEFORE_LINE: Partial<Record<Format, (line: number) => string>> = {
  quote: () => '> ',
  list: () => '- ',
  numbers: (line) => `${line + 1}. `,
};

/** Puts Markdown around or before what is selected; the same again takes it away. */
export function formatText(format: Format, selected: Selected): Selected {
  const around = AROUND[format];
  if (around) return wrap(selected, around);
  const before = BEFORE_LINE[format];
  return before ? prefixLines(selected, before) : selected;
}

function wrap({ text, start, end }: Selected, [open, close]: readonly [string, string]): Selected {
  const wrapped =
    text.slice(start - open.length, start) === open && text.slice(end, end + close.length) === close;
  if (wrapped) {
    const bare = text.slice(0, start - open.length) + text.slice(start, end) + text.slice(end + close.length);
    return { text: bare, start: start - open.length, end: end - open.length };
  }
  return {
    text: text.slice(0, start) + open + text.slice(start, end) + close + text.slice(end),
    start: start + open.length,
    end: end + open.length,
  };
}

function prefixLines({ text, start, end }: Selected, before: (line: number) => string): Selected {
  const first = text.lastIndexOf('\n', start - 1) + 1;
  const next = text.indexOf('\n', end);
  const last = next < 0 ? text.length : next;
  const lines = text.slice(first, last).split('\n');
  const prefixed = lines.every((line, index) => line.startsWith(before(index)));
  const changed = lines
    .map((line, index) => (prefixed ? line.slice(before(index).length) : before(index) + line))
    .join('\n');
  return {
    text: text.slice(0, first) + changed + text.slice(last),
    start: first + changed.length,
    end: first + changed.length,
  };
}
