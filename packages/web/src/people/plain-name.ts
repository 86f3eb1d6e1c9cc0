const LONGEST = 200;

/** Marks that turn the direction of what follows: they would let a name rewrite the words around it. */
const DIRECTION_MARKS = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;
const CONTROLS = /\p{Cc}+/gu;

/** A name that somebody chose, on one line, in its own direction, and not endless. */
export function plainName(name: string): string {
  // Cut first: only so much of it is shown, however much there is.
  const cut = name
    .slice(0, LONGEST * 4)
    .replace(DIRECTION_MARKS, '')
    .replace(CONTROLS, ' ')
    .trim();
  const letters = [...cut];
  return letters.length > LONGEST ? `${letters.slice(0, LONGEST).join('')}…` : cut;
}
