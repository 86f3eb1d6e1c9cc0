export type CodePart = {
  readonly text: string;
  readonly kind: 'comment' | 'string' | 'number' | 'keyword' | undefined;
};

/** Longer code is shown without colours. */
const MAX_LENGTH = 20_000;

const C_LIKE =
  'abstract as async await bool boolean break case catch char class const constexpr continue default defer delete do double dyn ' +
  'else enum export extends extern false final finally float fn for from func function go if impl implements import in ' +
  'instanceof int interface let long loop match mod module mut namespace new nil null of override package private protected ' +
  'pub public readonly return self short sizeof static string struct super switch this throw throws trait true try type typeof ' +
  'union unsafe unsigned use using var virtual void volatile where while yield';
const HASH_LIKE =
  'alias and as assert async await begin break case class continue def del do done elif else elsif end ensure esac except exec ' +
  'exit export False false fi finally for from function global if import in is lambda local match module next nil None nonlocal ' +
  'not null or pass raise rescue return self set shift source super then True true try unless until when while with yield';
const SQL =
  'add all alter and as asc begin between by case column commit constraint create default delete desc distinct drop else end ' +
  'exists foreign from full group having if in index inner insert into is join key left like limit not null offset on or order ' +
  'outer primary references right rollback select set table then union unique update using values view when where with';

type Grammar = {
  readonly comment: string;
  readonly keywords: ReadonlySet<string>;
  readonly anyCase?: boolean;
};

const words = (list: string): ReadonlySet<string> => new Set(list.split(' '));
const cLike: Grammar = { comment: String.raw`\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$)`, keywords: words(C_LIKE) };
const hashLike: Grammar = { comment: '#[^\\n]*', keywords: words(HASH_LIKE) };
const sql: Grammar = {
  comment: String.raw`--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)`,
  keywords: words(SQL),
  anyCase: true,
};
const plain: Grammar = { comment: '(?!)', keywords: new Set(['true', 'false', 'null']) };

const GRAMMARS: Readonly<Record<string, Grammar>> = Object.fromEntries(
  (
    [
      [
        cLike,
        'c cc cpp c++ cs csharp c# java js javascript jsx mjs ts typescript tsx go rust rs swift kotlin kt scala php dart',
      ],
      [hashLike, 'py python sh bash shell zsh ruby rb perl pl yaml yml toml dockerfile make makefile elixir'],
      [sql, 'sql postgres postgresql sqlite mysql'],
      [plain, 'json json5'],
    ] as const
  ).flatMap(([grammar, names]) => names.split(' ').map((name) => [name, grammar])),
);

/** Code cut into what is told apart by colour; without a language that is known here, nothing is. */
export function highlight(code: string, language: string | undefined): readonly CodePart[] {
  const grammar = language ? GRAMMARS[language.toLowerCase()] : undefined;
  if (!grammar || code.length > MAX_LENGTH) return [{ text: code, kind: undefined }];
  const token = new RegExp(
    `(?<comment>${grammar.comment})` +
      String.raw`|(?<string>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|\x60(?:\\.|[^\x60\\])*\x60)` +
      String.raw`|(?<number>\b\d[\w.]*)|(?<word>[A-Za-z_]\w*)`,
    'g',
  );
  const parts: CodePart[] = [];
  let end = 0;
  for (const match of code.matchAll(token)) {
    const kind = kindOf(match.groups ?? {}, grammar);
    if (!kind) continue;
    if (match.index > end) parts.push({ text: code.slice(end, match.index), kind: undefined });
    parts.push({ text: match[0], kind });
    end = match.index + match[0].length;
  }
  if (end < code.length) parts.push({ text: code.slice(end), kind: undefined });
  return parts;
}

function kindOf(groups: Readonly<Record<string, string | undefined>>, grammar: Grammar): CodePart['kind'] {
  if (groups.comment !== undefined) return 'comment';
  if (groups.string !== undefined) return 'string';
  if (groups.number !== undefined) return 'number';
  const word = groups.word ?? '';
  return grammar.keywords.has(grammar.anyCase ? word.toLowerCase() : word) ? 'keyword' : undefined;
}
