/** Reads a Dockerfile as far as ours goes: what is not known here is refused, so that no step is passed over. */

export type Instruction =
  | { readonly kind: 'run'; readonly command: string }
  | {
      readonly kind: 'copy';
      /** An earlier stage; absent: the build's own folder. */
      readonly from?: string;
      readonly source: string;
      readonly target: string;
    }
  | { readonly kind: 'env'; readonly variables: { readonly [name: string]: string } }
  | { readonly kind: 'user'; readonly user: string }
  | { readonly kind: 'workdir'; readonly path: string }
  | { readonly kind: 'volume'; readonly path: string }
  | { readonly kind: 'expose'; readonly ports: readonly number[] }
  | { readonly kind: 'healthcheck'; readonly command: readonly string[] }
  | { readonly kind: 'entrypoint'; readonly command: readonly string[] }
  | { readonly kind: 'cmd'; readonly command: readonly string[] };

export type Stage = {
  readonly base: string;
  readonly name: string;
  readonly instructions: readonly Instruction[];
};

/** @throws for an instruction, or a form of one, that is not known here */
export const readDockerfile = (text: string): readonly Stage[] => {
  const stages: { base: string; name: string; instructions: Instruction[] }[] = [];
  for (const line of logicalLines(text)) {
    const [word = '', rest = ''] = splitOnce(line);
    if (word === 'FROM') {
      const [, base = '', name = ''] = matched(/^(\S+)(?: AS (\S+))?$/, rest, line);
      stages.push({ base, name, instructions: [] });
      continue;
    }
    const stage = stages.at(-1);
    if (stage === undefined) throw new Error(`before FROM: ${line}`);
    stage.instructions.push(readInstruction(word, rest, line));
  }
  return stages;
};

const logicalLines = (text: string): readonly string[] =>
  text
    .split('\n')
    .filter((line) => !/^\s*#/.test(line))
    .join('\n')
    .replaceAll(/\\\n/g, ' ')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');

const splitOnce = (line: string): readonly string[] => /^(\S+)\s+(.*)$/s.exec(line)?.slice(1) ?? [line];

const matched = (form: RegExp, text: string, line: string): readonly string[] => {
  const found = form.exec(text);
  if (found === null) throw new Error(`this form is not known here: ${line}`);
  return found;
};

const readInstruction = (word: string, rest: string, line: string): Instruction => {
  switch (word) {
    case 'RUN':
      matched(/^(?!\[|--)/, rest, line);
      return { kind: 'run', command: rest };
    case 'COPY': {
      const [, from, source = '', target = ''] = matched(/^(?:--from=(\S+) )?([^\s-]\S*) (\S+)$/, rest, line);
      return { kind: 'copy', ...(from === undefined ? {} : { from }), source, target };
    }
    case 'ENV':
      return { kind: 'env', variables: Object.fromEntries(rest.split(/\s+/).map((one) => pair(one, line))) };
    case 'USER':
      return { kind: 'user', user: matched(/^\d+$/, rest, line)[0] ?? '' };
    case 'WORKDIR':
      return { kind: 'workdir', path: matched(/^\/\S+$/, rest, line)[0] ?? '' };
    case 'VOLUME':
      return { kind: 'volume', path: matched(/^\/\S+$/, rest, line)[0] ?? '' };
    case 'EXPOSE':
      return {
        kind: 'expose',
        ports:
          matched(/^\d+(?: \d+)*$/, rest, line)[0]
            ?.split(' ')
            .map(Number) ?? [],
      };
    case 'HEALTHCHECK': {
      const [, command = ''] = matched(/^(?:--\S+ )*CMD (\[.*\])$/, rest, line);
      return { kind: 'healthcheck', command: words(command, line) };
    }
    case 'ENTRYPOINT':
      return { kind: 'entrypoint', command: words(rest, line) };
    case 'CMD':
      return { kind: 'cmd', command: words(rest, line) };
    default:
      throw new Error(`this instruction is not known here: ${line}`);
  }
};

const pair = (text: string, line: string): readonly [string, string] => {
  const [, name = '', value = ''] = matched(/^([A-Z_]+)=([^"'$\\]*)$/, text, line);
  return [name, value];
};

/** The form without a shell: a JSON array. */
const words = (text: string, line: string): readonly string[] => {
  matched(/^\[/, text, line);
  const list: unknown = JSON.parse(text);
  if (!Array.isArray(list)) throw new Error(`this form is not known here: ${line}`);
  return list.map(String);
};

/** Whether a path of the build's folder, relative to it, is left out. @throws for patterns that are not known here */
export const readIgnored = (text: string): ((path: string) => boolean) => {
  const patterns = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((pattern) => {
      const [, anywhere, name = ''] = matched(/^(\*\*\/)?([\w.-]+)$/, pattern, pattern);
      return { anywhere: anywhere !== undefined, name };
    });
  return (path) => {
    const parts = path.split('/');
    return patterns.some(({ anywhere, name }) => (anywhere ? parts.includes(name) : parts[0] === name));
  };
};
