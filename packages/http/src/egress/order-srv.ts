import type { SrvRecord } from 'node:dns';

/**
 * The order in which to try SRV records: by priority, and within one priority by a draw in which a record's
 * chance is its weight (https://www.rfc-editor.org/rfc/rfc2782). Records of weight 0 stand first in the
 * draw, which gives them a small chance beside others and an equal one among themselves.
 */
export const orderSrv = (records: readonly SrvRecord[], random: () => number): SrvRecord[] => {
  const left = records.toSorted((a, b) => a.priority - b.priority || a.weight - b.weight);
  const ordered: SrvRecord[] = [];
  while (left.length > 0) {
    const peers = left.filter(({ priority }) => priority === left[0]?.priority);
    const [drawn] = left.splice(draw(peers, random), 1);
    if (drawn !== undefined) ordered.push(drawn);
  }
  return ordered;
};

const draw = (peers: readonly SrvRecord[], random: () => number): number => {
  const total = peers.reduce((sum, { weight }) => sum + weight, 0);
  if (total === 0) return Math.floor(random() * peers.length);
  const chosen = random() * (total + 1) - 1;
  let sum = 0;
  const index = peers.findIndex(({ weight }) => {
    sum += weight;
    return sum >= chosen;
  });
  return Math.max(index, 0);
};
