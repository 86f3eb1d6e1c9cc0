/**
 * Scenarios that drive browsers and foreign servers can fail by the timing of a busy machine. One that fails is tried
 * once more, and both tries are told; when more than a few need that, it is no accident, and the run fails.
 */
export const SECOND_TRIES_LIMIT = 3;

/** Of a scenario: `fault` and `again` are what the first and the second try failed with. */
export type Verdict = { readonly fault?: string | undefined; readonly again?: string | undefined };

/** Tries once more what failed. `attempt` gives what it failed with, and never throws. */
export const tryTwice = async (attempt: () => Promise<string | undefined>): Promise<Verdict> => {
  const fault = await attempt();
  if (fault === undefined) return {};
  return { fault, again: await attempt() };
};

export const hasPassed = ({ fault, again }: Verdict): boolean => fault === undefined || again === undefined;

/** Whether it passed at the second try only. */
export const hasWavered = (verdict: Verdict): boolean => verdict.fault !== undefined && hasPassed(verdict);
