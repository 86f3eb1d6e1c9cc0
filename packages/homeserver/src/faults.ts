/**
 * What a refusal says to a person: an English sentence for whoever has nothing better, and a code with what the sentence
 * names, so that a page can say it in its own words.
 */

/** What a sentence names. `ts` is a moment in milliseconds since 1970. */
export type FaultParameters = { readonly [name: string]: string | number };

/** What is wrong. `english` is the whole sentence. */
export type Fault<Code extends string = string> = {
  readonly code: Code;
  readonly parameters: FaultParameters;
  readonly english: string;
};

/**
 * Makes faults out of sentences with `{{names}}`, by their codes. `called` are names for what has a key among the
 * parameters, such as the label of a setting.
 */
export const faultsFrom =
  <Code extends string>(sentences: { readonly [code in Code]: string }) =>
  (code: Code, parameters: FaultParameters = {}, called: FaultParameters = {}): Fault<Code> => {
    const named = { ...parameters, ...called };
    const english = sentences[code].replaceAll(/\{\{(\w+)\}\}/g, (_, name: string) => {
      const value = named[name] ?? '';
      return name === 'ts' ? inWords(Number(value)) : String(value);
    });
    return { code, parameters, english };
  };

const inWords = (ts: number) => `${new Date(ts).toISOString().slice(0, 16).replace('T', ' at ')} UTC`;
