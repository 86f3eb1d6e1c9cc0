/** The words of a text, as the index keeps them and as a search asks for them. */

/** Longer words are found by their beginning. */
const MAX_WORD_LENGTH = 40;
/** Scripts that put no spaces between words: a dictionary finds where one ends. */
const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;
const RUNS = /[\p{L}\p{M}\p{N}]+/gu;

const segmenter = new Intl.Segmenter('und', { granularity: 'word' });

/** Lower-cased words, in order, with repetitions; of at most `maxLength` characters of the text. */
export const wordsOf = (text: string, maxLength: number): readonly string[] => {
  const runs = text.slice(0, maxLength).normalize('NFKC').toLowerCase().match(RUNS) ?? [];
  return runs.flatMap(wordsOfRun).map((word) => word.slice(0, MAX_WORD_LENGTH));
};

const wordsOfRun = (run: string): string | readonly string[] =>
  UNSPACED.test(run) ? [...segmenter.segment(run)].map(({ segment }) => segment) : run;
