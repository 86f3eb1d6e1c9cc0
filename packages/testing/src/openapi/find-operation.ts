import type { Operation } from './definitions.ts';

export type FindOperation = (method: string, path: string) => Operation | undefined;

/** Finds the operation of a request by its path without the query; of several the one with the fewest parameters. */
export const operationFinder = (operations: readonly Operation[]): FindOperation => {
  const patterns = operations
    .map((operation) => ({
      operation,
      parameters: operation.path.split('{').length - 1,
      pattern: patternOf(operation.path),
    }))
    .sort((left, right) => left.parameters - right.parameters);
  return (method, path) =>
    patterns.find(({ operation, pattern }) => operation.method === method && pattern.test(path))?.operation;
};

/** An empty state key may be left out with its slash; and a slash at the end does not matter. */
const patternOf = (path: string): RegExp => {
  const source = path
    .replace(/\/$/, '')
    .replaceAll(/[.*+?^$()|[\]\\]/g, '\\$&')
    .replace(/\/\{stateKey\}$/, '(?:/[^/]*)?')
    .replaceAll(/\{\w+\}/g, '[^/]+');
  return new RegExp(`^${source}/?$`);
};
