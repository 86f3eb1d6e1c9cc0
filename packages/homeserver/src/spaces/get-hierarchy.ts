/**
 * The tree of a space, depth first, as far as a person may see it; children on other servers are asked for
 * there.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv1roomsroomidhierarchy
 */
import type { RoomId, UserId } from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import { forbidden, invalidParam } from '../matrix-error.ts';
import { type Asking, findRoomFor, isFor, type KnownRoom } from './find-room.ts';
import { type RoomSummary, type SpaceChild, viaOf } from './summarise-room.ts';
import { faultOf } from '../refusals.ts';

/** Which part of a space's tree; undefined: no further limit than the server's. */
export type HierarchyRequest = {
  readonly userId: UserId;
  readonly roomId: RoomId;
  readonly suggestedOnly: boolean;
  readonly maxDepth: number | undefined;
  readonly limit: number | undefined;
  /** As given out before. */
  readonly from: string | undefined;
};

/** A room of the tree with the events that name its children. */
export type HierarchyRoom = RoomSummary & { readonly children_state: readonly SpaceChild[] };

/**
 * Rooms of the tree, depth first.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv1roomsroomidhierarchy
 */
export type HierarchyPage = { readonly rooms: readonly HierarchyRoom[]; readonly next_batch?: string };

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 100;
const MAX_DEPTH = 10;
/** Rooms of one tree, whichever page is asked for. */
const MAX_ROOMS = 1_000;
/** Rooms of which other servers are asked in one request; the next page asks on. */
const MAX_VISITED = 2_000;

/** @throws M_FORBIDDEN for a room that may not be seen, M_INVALID_PARAM for a token of another request */
export const getHierarchy = async (engine: Engine, request: HierarchyRequest): Promise<HierarchyPage> => {
  const maxDepth = Math.min(request.maxDepth ?? MAX_DEPTH, MAX_DEPTH);
  const offset = readToken(request, maxDepth);
  const limit = Math.min(request.limit ?? DEFAULT_LIMIT, MAX_LIMIT);
  const end = Math.min(offset + limit, MAX_ROOMS);
  const rooms: HierarchyRoom[] = [];
  for await (const room of walk(engine, request, maxDepth)) {
    rooms.push(room);
    // One more than the page tells whether there is another.
    if (rooms.length > end) break;
  }
  if (rooms.length === 0) throw forbidden(faultOf('room-not-seen'));
  return {
    rooms: rooms.slice(offset, end),
    ...(rooms.length > end && end < MAX_ROOMS ? { next_batch: token(request, maxDepth, end) } : {}),
  };
};

type Step = {
  readonly roomId: string;
  readonly via: readonly string[];
  readonly depth: number;
  readonly parent: KnownRoom | undefined;
};

/** A room that is in several spaces, or above itself, is shown once. */
async function* walk(
  engine: Engine,
  request: HierarchyRequest,
  maxDepth: number,
): AsyncGenerator<HierarchyRoom> {
  const asking: Asking = { userId: request.userId, silent: new Set() };
  const seen = new Set<string>();
  const waiting: Step[] = [{ roomId: request.roomId, via: [], depth: 0, parent: undefined }];
  for (let step = waiting.pop(); step !== undefined && seen.size < MAX_VISITED; step = waiting.pop()) {
    if (seen.has(step.roomId)) continue;
    seen.add(step.roomId);
    const known = await visit(engine, asking, step);
    if (known === undefined) continue;
    const children = known.children.filter(
      ({ content }) => !request.suggestedOnly || content.suggested === true,
    );
    yield { ...known.summary, children_state: children };
    if (step.depth === maxDepth) continue;
    for (const { state_key, content } of children.toReversed()) {
      waiting.push({ roomId: state_key, via: viaOf(content), depth: step.depth + 1, parent: known });
    }
  }
}

/**
 * Takes what the parent's server told of a child, unless the child is a space: then its own children count.
 * The servers that the child's entry names may all be gone; the parent's are asked after them.
 */
const visit = async (
  engine: Engine,
  asking: Asking,
  { roomId, via, parent }: Step,
): Promise<KnownRoom | undefined> => {
  const servers = toldEnough(parent, roomId) ? [] : [...via, ...(parent?.servers ?? [])];
  const found = await findRoomFor(engine, asking, roomId, servers);
  if (found !== undefined) return found;
  const summary = parent?.told?.children.get(roomId);
  if (summary === undefined || !(await isFor(engine, asking.userId, summary))) return undefined;
  return { summary, children: [], told: undefined, servers: [] };
};

const toldEnough = (parent: KnownRoom | undefined, roomId: string): boolean => {
  const told = parent?.told;
  if (told === undefined) return false;
  if (told.inaccessible.has(roomId)) return true;
  const summary = told.children.get(roomId);
  return summary !== undefined && summary.room_type !== 'm.space';
};

const token = ({ suggestedOnly }: HierarchyRequest, maxDepth: number, offset: number): string =>
  `h${offset}_${maxDepth}_${Number(suggestedOnly)}`;

const readToken = (request: HierarchyRequest, maxDepth: number): number => {
  if (request.from === undefined) return 0;
  const offset = Number(/^h(\d{1,6})_/.exec(request.from)?.[1]);
  if (request.from !== token(request, maxDepth, offset)) {
    throw invalidParam('"from" is not a token of this request: its other parameters can not change.');
  }
  return offset;
};
