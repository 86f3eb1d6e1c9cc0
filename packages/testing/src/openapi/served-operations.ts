/** Which operations of the specification we serve, and which of those no test has seen answered. */
import type { Operation } from './definitions.ts';
import { exemptions } from './exemptions.ts';
import type { Answered } from './watched-app.ts';

/** Patterns of ours name parameters as `:roomId`, those of the specification as `{roomId}`. */
const shapeOf = (path: string): string => path.replaceAll(/\{\w+\}|:\w+/g, '*').replace(/\/$/, '');

/** The operations among these that a route answers, as in `GET /_matrix/client/v3/sync`. */
export const servedOperations = (
  operations: readonly Operation[],
  routes: readonly string[],
): readonly string[] => {
  const served = new Set(routes.map(shapeOf));
  return operations
    .filter(({ method, path }) => served.has(shapeOf(`${method} ${path}`)))
    .map(({ method, path }) => `${method} ${path}`);
};

type Counts = { readonly [operation: string]: Answered };

/** Counts of several processes together. */
export const sumOf = (all: readonly Counts[]): ReadonlyMap<string, Answered> => {
  const sum = new Map<string, Answered>();
  for (const counts of all) {
    for (const [operation, { accepted, refused }] of Object.entries(counts)) {
      const before = sum.get(operation) ?? { accepted: 0, refused: 0 };
      sum.set(operation, { accepted: before.accepted + accepted, refused: before.refused + refused });
    }
  }
  return sum;
};

/**
 * What is not shown of the operations that are served, in words, and which exemptions are none any more. Every one has
 * to be accepted in some test, and refused in some.
 */
export const unshown = (
  served: readonly string[],
  seen: ReadonlyMap<string, Answered>,
  exempt = exemptions,
): readonly string[] => {
  const missing = served.flatMap((operation) =>
    (['accepted', 'refused'] as const)
      .filter((outcome) => (seen.get(operation)?.[outcome] ?? 0) === 0)
      .filter((outcome) => !exempt.some((one) => one.operation === operation && one.never === outcome))
      .map((outcome) => `${operation} was never seen ${outcome}`),
  );
  const stale = exempt
    .filter(({ operation, never }) => (seen.get(operation)?.[never] ?? 0) > 0)
    .map(({ operation, never }) => `${operation} is exempt from being ${never}, and was`);
  return [...missing, ...stale];
};
