/**
 * The persistent state map: an immutable trie from state key to event, shared between snapshots.
 *
 * A node is a leaf with up to `LEAF_MAX` entries, or a branch with up to 16 children, chosen by four bits of
 * the mixed key at each level. A subtree is a leaf exactly when it has at most `LEAF_MAX` entries, so a map
 * has one shape whatever the order of changes, deletions included, and equal maps have equal roots. Nodes
 * are addressed by the first 16 bytes of the SHA-256 of their encoding. A change writes O(log n) small nodes;
 * a comparison visits only what differs.
 */
import { hash as digest } from 'node:crypto';
import { type TransactionalCache, TxCache } from '../store/caching-store.ts';
import { stateNodes } from '../store/schema.ts';
import type { StoreReader, StoreTx } from '../store/store.ts';
import { type ResolutionWork, unboundedWork } from './resolution-work.ts';

const LEAF_MAX = 24;
const HASH_BYTES = 16;
const FAN_OUT = 16;

type Leaf = { readonly kind: 'leaf'; readonly entries: readonly Entry[] };
type Branch = { readonly kind: 'branch'; readonly count: number; readonly children: readonly Child[] };
type Node = Leaf | Branch;
type Child = Uint8Array | undefined;
/** State key and event. Entries of a leaf are sorted by state key. */
type Entry = readonly [stateKeyNid: number, eventNid: number];

/** Root of a state map. */
export type StateRoot = Uint8Array;

export type StateDifference = {
  readonly stateKeyNid: number;
  /** The event in the first map, if any. */
  readonly a: number | undefined;
  /** The event in the second map, if any. */
  readonly b: number | undefined;
};

export class StateMaps {
  readonly #nodes = new TxCache<string, Node>(30_000);
  /** Roots after the change of one key: the state after an event is asked for by all of its children. */
  readonly #afterChange = new TxCache<string, StateRoot>(5_000);

  get caches(): readonly TransactionalCache[] {
    return [this.#nodes, this.#afterChange];
  }

  /** The event at a state key. */
  async get(
    reader: StoreReader,
    roomNid: number,
    root: StateRoot,
    stateKeyNid: number,
  ): Promise<number | undefined> {
    const mixed = mix(stateKeyNid);
    let node = await this.#load(reader, roomNid, root);
    for (let level = 0; node.kind === 'branch'; level++) {
      const child: Child = node.children[slot(mixed, level)];
      if (child === undefined) return undefined;
      node = await this.#load(reader, roomNid, child);
    }
    return node.entries.find((entry) => entry[0] === stateKeyNid)?.[1];
  }

  async size(reader: StoreReader, roomNid: number, root: StateRoot): Promise<number> {
    return countOf(await this.#load(reader, roomNid, root));
  }

  async entries(reader: StoreReader, roomNid: number, root: StateRoot): Promise<readonly Entry[]> {
    const found: Entry[] = [];
    const waiting: StateRoot[] = [root];
    for (let hash = waiting.pop(); hash !== undefined; hash = waiting.pop()) {
      const node = await this.#load(reader, roomNid, hash);
      if (node.kind === 'leaf') found.push(...node.entries);
      else for (const child of node.children) if (child !== undefined) waiting.push(child);
    }
    return found;
  }

  /** Roots of maps that together have the entries of this one, for a large map to be read in parts. */
  async parts(reader: StoreReader, roomNid: number, root: StateRoot): Promise<readonly StateRoot[]> {
    const node = await this.#load(reader, roomNid, root);
    return node.kind === 'leaf' ? [root] : node.children.filter((child) => child !== undefined);
  }

  /** Where two maps differ; visits only nodes that differ. */
  async difference(
    reader: StoreReader,
    roomNid: number,
    a: StateRoot,
    b: StateRoot,
  ): Promise<readonly StateDifference[]> {
    return this.differenceByWork(unboundedWork(reader), roomNid, a, b);
  }

  /** The same, each node that is looked at a piece of the work. */
  async differenceByWork(
    work: ResolutionWork,
    roomNid: number,
    a: StateRoot,
    b: StateRoot,
  ): Promise<readonly StateDifference[]> {
    const found: StateDifference[] = [];
    const waiting: (readonly [Child, Child])[] = [[a, b]];
    for (let pair = waiting.pop(); pair !== undefined; pair = waiting.pop()) {
      const [left, right] = pair;
      if (sameHash(left, right)) continue;
      const pause = work.spend();
      if (pause !== undefined) await pause;
      const { reader } = work;
      const leftNode = left && (await this.#load(reader, roomNid, left));
      const rightNode = right && (await this.#load(reader, roomNid, right));
      if (leftNode?.kind === 'branch' && rightNode?.kind === 'branch') {
        for (let index = 0; index < FAN_OUT; index++) {
          waiting.push([leftNode.children[index], rightNode.children[index]]);
        }
        continue;
      }
      const leftEntries = left ? await this.entries(reader, roomNid, left) : [];
      const rightEntries = new Map(right ? await this.entries(reader, roomNid, right) : []);
      for (const [stateKeyNid, event] of leftEntries) {
        const other = rightEntries.get(stateKeyNid);
        if (other !== event) found.push({ stateKeyNid, a: event, b: other });
        rightEntries.delete(stateKeyNid);
      }
      for (const [stateKeyNid, event] of rightEntries) found.push({ stateKeyNid, a: undefined, b: event });
    }
    return found;
  }

  /** The root of the map of these entries. */
  async build(tx: StoreTx, roomNid: number, entries: Iterable<Entry>): Promise<StateRoot> {
    return this.#store(tx, roomNid, [...entries].sort(byKey), 0);
  }

  /** The root after setting each key to its event, or removing it when the event is undefined. */
  async update(
    tx: StoreTx,
    roomNid: number,
    root: StateRoot,
    changes: ReadonlyMap<number, number | undefined>,
  ): Promise<StateRoot> {
    const [first] = changes;
    if (first === undefined) return root;
    if (changes.size > 1) return this.#change(tx, roomNid, root, [...changes], 0);
    const cacheKey = `${nodeKey(roomNid, root)}/${first[0]}/${first[1]}`;
    const known = this.#afterChange.get(tx, cacheKey);
    if (known !== undefined) return known;
    const after = await this.#change(tx, roomNid, root, [first], 0);
    this.#afterChange.set(tx, cacheKey, after);
    return after;
  }

  async #change(
    tx: StoreTx,
    roomNid: number,
    hash: StateRoot,
    changes: readonly (readonly [number, number | undefined])[],
    level: number,
  ): Promise<StateRoot> {
    const node = await this.#load(tx, roomNid, hash);
    if (node.kind === 'leaf') {
      return this.#store(tx, roomNid, applyToEntries(node.entries, changes), level);
    }
    const bySlot = Map.groupBy(changes, ([key]) => slot(mix(key), level));
    const children = [...node.children];
    let count = node.count;
    for (const [index, part] of bySlot) {
      const before = children[index];
      const after = before
        ? await this.#change(tx, roomNid, before, part, level + 1)
        : await this.#store(tx, roomNid, applyToEntries([], part), level + 1);
      const afterCount = countOf(await this.#load(tx, roomNid, after));
      count += afterCount - (before ? countOf(await this.#load(tx, roomNid, before)) : 0);
      children[index] = afterCount === 0 ? undefined : after;
    }
    if (count > LEAF_MAX) return this.#write(tx, roomNid, { kind: 'branch', count, children });
    const remaining: Entry[] = [];
    for (const child of children) {
      if (child !== undefined) remaining.push(...(await this.entries(tx, roomNid, child)));
    }
    return this.#write(tx, roomNid, { kind: 'leaf', entries: remaining.sort(byKey) });
  }

  async #store(tx: StoreTx, roomNid: number, entries: readonly Entry[], level: number): Promise<StateRoot> {
    if (entries.length <= LEAF_MAX) return this.#write(tx, roomNid, { kind: 'leaf', entries });
    const children: Child[] = new Array(FAN_OUT).fill(undefined);
    for (const [index, part] of Map.groupBy(entries, ([key]) => slot(mix(key), level))) {
      children[index] = await this.#store(tx, roomNid, part, level + 1);
    }
    return this.#write(tx, roomNid, { kind: 'branch', count: entries.length, children });
  }

  async #write(tx: StoreTx, roomNid: number, node: Node): Promise<StateRoot> {
    const body = encode(node);
    const hash = digest('sha256', body, 'buffer').subarray(0, HASH_BYTES);
    const cacheKey = nodeKey(roomNid, hash);
    if (this.#nodes.get(tx, cacheKey) === undefined) {
      await tx.put(stateNodes, { room_nid: roomNid, hash, body });
      this.#nodes.set(tx, cacheKey, node);
    }
    return hash;
  }

  async #load(reader: StoreReader, roomNid: number, hash: StateRoot): Promise<Node> {
    const cacheKey = nodeKey(roomNid, hash);
    const known = this.#nodes.get(reader, cacheKey);
    if (known !== undefined) return known;
    const row = await reader.get(stateNodes, { room_nid: roomNid, hash });
    if (row === undefined) throw new Error(`state node ${Buffer.from(hash).toString('hex')} is missing`);
    const node = decode(row.body);
    this.#nodes.set(reader, cacheKey, node);
    return node;
  }
}

export const sameRoot = (a: StateRoot, b: StateRoot): boolean => a === b || Buffer.compare(a, b) === 0;

/** A bijection on 32-bit integers that spreads consecutive state keys over the trie. */
const mix = (key: number): number => {
  let mixed = key | 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
};

const slot = (mixed: number, level: number): number => (mixed >>> (4 * level)) & (FAN_OUT - 1);

/** Where a state key stands in the trie, as a number: neighbours share the most nodes. */
export const placeInTree = (stateKeyNid: number): number => {
  const mixed = mix(stateKeyNid);
  let place = 0;
  for (let level = 0; level < 8; level++) place = place * FAN_OUT + slot(mixed, level);
  return place;
};

const byKey = (a: Entry, b: Entry): number => a[0] - b[0];

const countOf = (node: Node): number => (node.kind === 'leaf' ? node.entries.length : node.count);

const nodeKey = (roomNid: number, hash: Uint8Array): string =>
  `${roomNid}/${Buffer.from(hash.buffer, hash.byteOffset, hash.byteLength).toString('latin1')}`;

const sameHash = (a: Child, b: Child): boolean =>
  a === b || (a !== undefined && b !== undefined && sameRoot(a, b));

const applyToEntries = (
  entries: readonly Entry[],
  changes: readonly (readonly [number, number | undefined])[],
): Entry[] => {
  const map = new Map(entries);
  for (const [key, event] of changes) {
    if (event === undefined) map.delete(key);
    else map.set(key, event);
  }
  return [...map].sort(byKey);
};

/**
 * Leaf: 0, number of entries, then for each the distance to the previous key and the event. Branch: 1, number
 * of entries, a bitmap of 16 children, their hashes. Numbers are LEB128.
 */
const encode = (node: Node): Uint8Array => {
  const scratch = new Uint8Array(MAX_NODE_BYTES);
  let at = 0;
  const pushNumber = (value: number): void => {
    let rest = value;
    while (rest >= 128) {
      scratch[at++] = (rest % 128) | 0x80;
      rest = Math.floor(rest / 128);
    }
    scratch[at++] = rest;
  };
  if (node.kind === 'leaf') {
    scratch[at++] = 0;
    pushNumber(node.entries.length);
    let previous = 0;
    for (const [key, event] of node.entries) {
      pushNumber(key - previous);
      pushNumber(event);
      previous = key;
    }
    return scratch.subarray(0, at);
  }
  scratch[at++] = 1;
  pushNumber(node.count);
  let bitmap = 0;
  node.children.forEach((child, index) => {
    if (child !== undefined) bitmap |= 1 << index;
  });
  scratch[at++] = bitmap & 0xff;
  scratch[at++] = bitmap >>> 8;
  for (const child of node.children) {
    if (child === undefined) continue;
    scratch.set(child, at);
    at += HASH_BYTES;
  }
  return scratch.subarray(0, at);
};

/** The kind, a count and the entries of the largest leaf; a branch is smaller. Numbers have at most 8 bytes. */
const MAX_NODE_BYTES = 1 + 8 + LEAF_MAX * 16;
const decode = (bytes: Uint8Array): Node => {
  let offset = 1;
  const number = (): number => {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = bytes[offset++];
      if (byte === undefined) throw new Error('state node is cut short');
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 128;
    }
  };
  const count = number();
  if (bytes[0] === 0) {
    const entries: Entry[] = [];
    let key = 0;
    for (let index = 0; index < count; index++) {
      key += number();
      entries.push([key, number()]);
    }
    return { kind: 'leaf', entries };
  }
  const bitmap = (bytes[offset] ?? 0) | ((bytes[offset + 1] ?? 0) << 8);
  offset += 2;
  const children: Child[] = [];
  for (let index = 0; index < FAN_OUT; index++) {
    const present = (bitmap & (1 << index)) !== 0;
    children.push(present ? bytes.subarray(offset, offset + HASH_BYTES) : undefined);
    if (present) offset += HASH_BYTES;
  }
  return { kind: 'branch', count, children };
};
