/** What stands in the guides for admins: the very text that people copy is what the suite runs. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const FOLDER = resolve(import.meta.dirname, '../../docs/guide/admin');

export type CodeBlock = {
  readonly page: string;
  readonly line: number;
  /** What follows the three backticks, e.g. `nginx` or `sh example`. */
  readonly info: string;
  readonly text: string;
};

/** Every code block of every page. */
export const guideBlocks = (): readonly CodeBlock[] =>
  readdirSync(FOLDER)
    .filter((file) => file.endsWith('.md'))
    .toSorted()
    .flatMap((page) => blocksOf(page, readFileSync(join(FOLDER, page), 'utf8')));

const blocksOf = (page: string, text: string): readonly CodeBlock[] => {
  const blocks: CodeBlock[] = [];
  let open: { readonly info: string; readonly line: number; readonly lines: string[] } | undefined;
  for (const [index, line] of text.split('\n').entries()) {
    const fence = /^```(.*)$/.exec(line);
    if (fence === null) {
      open?.lines.push(line);
    } else if (open === undefined) {
      open = { info: fence[1]?.trim() ?? '', line: index + 1, lines: [] };
    } else {
      blocks.push({ page, line: open.line, info: open.info, text: open.lines.join('\n') });
      open = undefined;
    }
  }
  if (open !== undefined) throw new Error(`${page}: the code block in line ${open.line} does not end`);
  return blocks;
};

/** The only block of a page in this language. */
export const exampleIn = (page: string, language: string): string => {
  const [found, ...more] = guideBlocks().filter((block) => block.page === page && block.info === language);
  if (found === undefined || more.length > 0) throw new Error(`${page} has not one block of ${language}`);
  return found.text;
};
