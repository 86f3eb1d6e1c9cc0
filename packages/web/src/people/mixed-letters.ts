/** Alphabets with letters that look like those of another one. */
const ALPHABETS = [
  /\p{Script=Latin}/u,
  /\p{Script=Cyrillic}/u,
  /\p{Script=Greek}/u,
  /\p{Script=Armenian}/u,
  /\p{Script=Cherokee}/u,
];

/**
 * Whether a word of a name mixes letters of several alphabets, as names do that imitate another: the Cyrillic
 * "а" in "аda". Names of one alphabet, and words of different ones beside each other, are nobody's trick.
 *
 * @see https://www.unicode.org/reports/tr39/#Mixed_Script_Detection
 */
export const mixesAlphabets = (name: string): boolean =>
  name
    .normalize('NFKC')
    .split(/[^\p{L}\p{M}]+/u)
    .some((word) => ALPHABETS.filter((alphabet) => alphabet.test(word)).length > 1);
