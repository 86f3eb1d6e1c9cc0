/**
 * Glob patterns, matched without regular expressions: a pattern from outside can then cost at most its length
 * times the text's.
 *
 * @see https://spec.matrix.org/v1.19/appendices/#glob-style-matching
 */

export type GlobOptions = {
  readonly ignoreCase?: boolean;
  /** `*` and `?` stand for themselves. */
  readonly literal?: boolean;
};

/** Whether a pattern matches the whole text; `*` stands for any characters, `?` for exactly one. */
export function matchesGlob(pattern: string, text: string, options: GlobOptions = {}): boolean {
  return compileGlob(pattern, options)(text);
}

/** The same for many texts. */
export function compileGlob(pattern: string, options: GlobOptions = {}): (text: string) => boolean {
  if (options.ignoreCase === true) {
    const matchesLowerCase = compileGlob(pattern.toLowerCase(), { ...options, ignoreCase: false });
    return (text) => matchesLowerCase(text.toLowerCase());
  }
  if (options.literal === true || !/[*?]/.test(pattern)) return (text) => text === pattern;
  if (!pattern.includes('?')) return compileStars(pattern);
  const ends = { mayStart: (at: number) => at === 0, mayEnd: (at: number, length: number) => at === length };
  return (text) => matches(pattern, text, options, () => ends);
}

/** Most patterns have stars only, and strings can be searched without taking them apart. */
function compileStars(pattern: string): (text: string) => boolean {
  const pieces = pattern.split('*');
  const first = pieces.shift() ?? '';
  const last = pieces.pop() ?? '';
  return (text) => {
    if (!text.startsWith(first)) return false;
    let at = first.length;
    for (const piece of pieces) {
      const found = text.indexOf(piece, at);
      if (found < 0) return false;
      at = found + piece.length;
    }
    return text.length - last.length >= at && text.endsWith(last);
  };
}

/**
 * Whether a pattern matches a part of the text that starts and ends at a word boundary: at the start or end of the
 * text, or at a character other than `A-Z`, `a-z`, `0-9` and `_`.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#conditions
 */
export function matchesGlobInWords(pattern: string, text: string, options: GlobOptions = {}): boolean {
  return matches(pattern, text, options, (characters) => {
    const isBoundary = (at: number): boolean => !isWord(characters[at - 1]) || !isWord(characters[at]);
    return { mayStart: isBoundary, mayEnd: isBoundary };
  });
}

const anyCharacter: unique symbol = Symbol('any character');

type Piece = readonly (string | typeof anyCharacter)[];

/** Where a match may start and end. */
type Ends = {
  readonly mayStart: (at: number) => boolean;
  readonly mayEnd: (at: number, length: number) => boolean;
};

function matches(
  pattern: string,
  text: string,
  { ignoreCase = false, literal = false }: GlobOptions,
  endsIn: (characters: readonly string[]) => Ends,
): boolean {
  const casedText = ignoreCase ? text.toLowerCase() : text;
  const cased = ignoreCase ? pattern.toLowerCase() : pattern;
  // Nearly every text is without the word that is looked for; a search says so without taking it apart.
  if ((literal || !/[*?]/.test(cased)) && !casedText.includes(cased)) return false;
  // A `?` stands for a code point, which is what an array of a string's characters has.
  const characters = [...casedText];
  const pieces = (literal ? [cased] : cased.split('*')).map((piece) =>
    [...piece].map((character) => (character === '?' && !literal ? anyCharacter : character)),
  );
  return matchPieces(pieces, characters, endsIn(characters));
}

/**
 * Looks for the pieces between the stars from left to right. Each is taken at its first occurrence, which leaves
 * the most for those after it, so no choice is ever taken back; the last one is taken where it ends well.
 */
function matchPieces(
  pieces: readonly Piece[],
  characters: readonly string[],
  { mayStart, mayEnd }: Ends,
): boolean {
  let at = 0;
  for (const [index, piece] of pieces.entries()) {
    const isFirst = index === 0;
    const isLast = index === pieces.length - 1;
    const fits = (start: number): boolean =>
      (!isFirst || mayStart(start)) &&
      (!isLast || mayEnd(start + piece.length, characters.length)) &&
      isPieceAt(piece, characters, start);
    let start = at;
    while (start + piece.length <= characters.length && !fits(start)) start++;
    if (start + piece.length > characters.length) return false;
    at = start + piece.length;
  }
  return true;
}

function isPieceAt(piece: Piece, characters: readonly string[], start: number): boolean {
  for (let i = 0; i < piece.length; i++) {
    if (piece[i] !== anyCharacter && piece[i] !== characters[start + i]) return false;
  }
  return true;
}

function isWord(character: string | undefined): boolean {
  return character !== undefined && /^[A-Za-z0-9_]$/.test(character);
}
