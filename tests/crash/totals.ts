/** The figures of a whole run. */
import type { Ledger } from './ledger.ts';
import type { RoundPlan, RoundResult } from './round.ts';

export const sayTotals = (
  plans: readonly RoundPlan[],
  results: readonly RoundResult[],
  ledger: Ledger,
): void => {
  if (results.length === 0) return;
  const sum = (figure: (result: RoundResult) => number) =>
    results.reduce((total, result) => total + figure(result), 0);
  const kills = (hit: (result: RoundResult) => boolean) => results.filter(hit).length;
  const lines = [
    `${results.length} kills under load, ${plans.filter((plan) => plan.killedStarting !== undefined).length} more while starting; ${ledger.size} messages, ${ledger.acknowledged().length} acknowledged`,
    `kills with requests unanswered: ${kills((result) => result.underWay > 0)} (${sum((result) => result.underWay)} ` +
      `requests, ${sum((result) => result.committedUnanswered)} of them committed before the kill)`,
    `kills with events unsent: ${kills((result) => result.interrupted.unsent > 0)} ` +
      `(${sum((result) => result.interrupted.unsent)} events), with PDUs staged: ` +
      `${kills((result) => result.interrupted.staged > 0)} (${sum((result) => result.interrupted.staged)} PDUs)`,
    `ready again after ${spread(results.map((result) => result.restartMs))}`,
    `complete on both sides after that within ${spread(results.map((result) => result.convergedMs))}`,
  ];
  console.log(lines.join('\n'));
};

const spread = (values: readonly number[]): string => {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return `${at(0.5).toFixed(0)} ms (median), ${at(1).toFixed(0)} ms (longest)`;
};
