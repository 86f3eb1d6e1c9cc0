/**
 * The auth difference and the conflicted state subgraph, without walking to the room's creation.
 *
 * Every auth event has a smaller number than the events it authorises, so walking from the largest number
 * down meets each event after all of its children: what reaches it is then final. The walk stops at events
 * that are in the auth chain of unconflicted state, because these, and all before them, are in every chain.
 *
 * @see https://spec.matrix.org/v1.19/rooms/v2/#definitions
 * @see https://spec.matrix.org/v1.19/rooms/v12/#definitions
 */
import { sortInSteps } from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import { authChildren } from '../store/schema.ts';
import { MaxHeap } from './max-heap.ts';
import { type ResolutionWork, stepThrough } from './resolution-work.ts';

/** Children looked at per event before it is taken as not being in the auth chain of unconflicted state. */
const CHILDREN_PAGE = 64;

export type ConflictedGraph = {
  /** For each state set, the events it holds at conflicted keys. */
  readonly conflictedBySet: readonly ReadonlySet<number>[];
  /** Whether an event is held, at its own key, by every state set. */
  readonly isUnconflicted: (eventNid: number) => Promise<boolean>;
};

/**
 * Events that are in the auth chain of some state sets but not of all. An event that every state holds counts
 * as being in every chain, as deployed servers have it.
 */
export const authDifference = async (
  engine: Engine,
  work: ResolutionWork,
  graph: ConflictedGraph,
): Promise<readonly number[]> => {
  const all = 2n ** BigInt(graph.conflictedBySet.length) - 1n;
  const reachedBy = new Map<number, bigint>();
  const heap = new MaxHeap();
  // How many waiting events are reached by some sets only; at zero, all that is left is common.
  let partial = 0;
  const reach = (eventNid: number, sets: bigint) => {
    const known = reachedBy.get(eventNid);
    const now = (known ?? 0n) | sets;
    if (known === undefined) heap.push(eventNid);
    if (known === undefined && now !== all) partial++;
    if (known !== undefined && known !== all && now === all) partial--;
    reachedBy.set(eventNid, now);
  };
  for (const [index, conflicted] of graph.conflictedBySet.entries()) {
    for (const eventNid of conflicted) {
      const pause = work.spend();
      if (pause !== undefined) await pause;
      for (const parent of (await engine.events.byNid(work.reader, eventNid)).authNids) {
        reach(parent, 1n << BigInt(index));
      }
    }
  }
  const difference: number[] = [];
  const common = new CommonChain(work, graph);
  for (let eventNid = heap.pop(); eventNid !== undefined && partial > 0; eventNid = heap.pop()) {
    const pause = work.spend();
    if (pause !== undefined) await pause;
    const sets = reachedBy.get(eventNid) ?? 0n;
    if (sets !== all) {
      partial--;
      if (await common.has(eventNid)) continue;
      difference.push(eventNid);
    }
    for (const parent of (await engine.events.byNid(work.reader, eventNid)).authNids) reach(parent, sets);
  }
  return difference;
};

/** Events on a path of auth events between two conflicted events, those included. */
export const conflictedSubgraph = async (
  engine: Engine,
  work: ResolutionWork,
  conflicted: ReadonlySet<number>,
): Promise<readonly number[]> => {
  let oldest = Infinity;
  for (const eventNid of conflicted) oldest = Math.min(oldest, eventNid);
  const seen = new Map<number, readonly number[]>();
  const waiting = [...conflicted];
  for (let eventNid = waiting.pop(); eventNid !== undefined; eventNid = waiting.pop()) {
    if (seen.has(eventNid)) continue;
    const pause = work.spend();
    if (pause !== undefined) await pause;
    const parents = (await engine.events.byNid(work.reader, eventNid)).authNids.filter(
      (nid) => nid >= oldest,
    );
    seen.set(eventNid, parents);
    waiting.push(...parents);
  }
  const reachesConflicted = new Set<number>();
  const oldestFirst = sortInSteps([...seen], ([a], [b]) => a - b);
  for (const [eventNid, parents] of await stepThrough(work, oldestFirst)) {
    if (conflicted.has(eventNid) || parents.some((parent) => reachesConflicted.has(parent))) {
      reachesConflicted.add(eventNid);
    }
  }
  return [...reachesConflicted];
};

/** Membership in the auth chain of unconflicted state, found from the event towards its children. */
class CommonChain {
  readonly #work: ResolutionWork;
  readonly #graph: ConflictedGraph;
  readonly #known = new Map<number, boolean>();

  constructor(work: ResolutionWork, graph: ConflictedGraph) {
    this.#work = work;
    this.#graph = graph;
  }

  /** Whether every state holds the event, or an event that builds on it. */
  async has(eventNid: number): Promise<boolean> {
    if (await this.#graph.isUnconflicted(eventNid)) return true;
    const visited = new Set<number>();
    const waiting = [eventNid];
    for (let current = waiting.pop(); current !== undefined; current = waiting.pop()) {
      if (visited.has(current)) continue;
      visited.add(current);
      const known = this.#known.get(current);
      if (known === false) continue;
      if (known === true || (await this.#hasUnconflictedChild(current, waiting))) {
        this.#known.set(eventNid, true);
        return true;
      }
    }
    for (const nid of visited) this.#known.set(nid, false);
    return false;
  }

  async #hasUnconflictedChild(eventNid: number, waiting: number[]): Promise<boolean> {
    for (let after = eventNid; ; ) {
      const pause = this.#work.spend();
      if (pause !== undefined) await pause;
      const page = await this.#work.reader.scan(authChildren, {
        where: { event_nid: eventNid },
        gt: after,
        limit: CHILDREN_PAGE,
      });
      for (const { child_nid } of page) {
        const pauseForChild = this.#work.spend();
        if (pauseForChild !== undefined) await pauseForChild;
        if (await this.#graph.isUnconflicted(child_nid)) return true;
        waiting.push(child_nid);
        after = child_nid;
      }
      if (page.length < CHILDREN_PAGE) return false;
    }
  }
}
