/** Deletes what is kept of a room beside its events, a bounded number of rows in each commit. */
import type { Engine } from '../engine.ts';
import {
  currentStates,
  eventsToRejudge,
  forwardExtremities,
  historyPurges,
  incompleteStates,
  invitationExpiries,
  leftOutMembers,
  memberships,
  missingParents,
  publishedRooms,
  receipts,
  relations,
  roomNotifications,
  roomRetentions,
  roomServers,
  roomsToCatchUp,
  stagedPdus,
  stateNodes,
  timeline,
  unverifiedEvents,
} from '../store/schema.ts';
import type { StoreTx } from '../store/store.ts';
import { deleteRows } from './delete-rows.ts';

/** Rows deleted in one commit: a few milliseconds of work. */
const ROWS = 500;

export type GoneRoom = { readonly room_id: string; readonly room_nid: number };

type Clearing = (tx: StoreTx, room: GoneRoom) => Promise<number>;

/** The nodes of its states are collected here: they belong to one room, so all of them go. */
const clearings: readonly Clearing[] = [
  (tx, { room_id }) =>
    deleteRows(tx, stagedPdus, { index: 'by_room', where: { room_id }, limit: ROWS }, (row) => row),
  (tx, { room_nid }) => deleteRows(tx, historyPurges, { where: { room_nid }, limit: ROWS }, (row) => row),
  (tx, { room_nid }) => deleteRows(tx, roomRetentions, { where: { room_nid }, limit: ROWS }, (row) => row),
  (tx, { room_nid }) => deleteRows(tx, roomsToCatchUp, { where: { room_nid }, limit: ROWS }, (row) => row),
  async (tx, { room_id, room_nid }) =>
    Math.max(
      await deleteRows(tx, incompleteStates, { where: { room_nid }, limit: ROWS }, (row) => row),
      await deleteRows(tx, unverifiedEvents, { where: { room_id }, limit: ROWS }, (row) => row),
      await deleteRows(tx, eventsToRejudge, { where: { room_nid }, limit: ROWS }, (row) => row),
      await deleteRows(tx, leftOutMembers, { where: { room_nid }, limit: ROWS }, (row) => row),
    ),
  (tx, { room_nid }) => deleteRows(tx, publishedRooms, { where: { room_nid }, limit: ROWS }, (row) => row),
  (tx, { room_nid }) =>
    deleteRows(tx, invitationExpiries, { where: { room_nid }, limit: ROWS }, (row) => row),
  (tx, { room_nid }) => deleteRows(tx, relations, { where: { room_nid }, limit: ROWS }, (row) => row),
  (tx, { room_nid }) => deleteRows(tx, timeline, { where: { room_nid }, limit: ROWS }, (row) => row),
  (tx, { room_nid }) => deleteRows(tx, roomNotifications, { where: { room_nid }, limit: ROWS }, (row) => row),
  (tx, { room_nid }) => deleteRows(tx, receipts, { where: { room_nid }, limit: ROWS }, (row) => row),
  (tx, { room_nid }) =>
    deleteRows(tx, forwardExtremities, { where: { room_nid }, limit: ROWS }, (row) => row),
  (tx, { room_nid }) => deleteRows(tx, missingParents, { where: { room_nid }, limit: ROWS }, (row) => row),
  (tx, { room_nid }) => deleteRows(tx, memberships, { where: { room_nid }, limit: ROWS }, (row) => row),
  (tx, { room_nid }) => deleteRows(tx, roomServers, { where: { room_nid }, limit: ROWS }, (row) => row),
  (tx, { room_nid }) => deleteRows(tx, currentStates, { where: { room_nid }, limit: ROWS }, (row) => row),
  (tx, { room_nid }) => deleteRows(tx, stateNodes, { where: { room_nid }, limit: ROWS }, (row) => row),
];

/** Repeated after a crash, it does the rest. Returns whether it came to the end. */
export const clearRoom = async (engine: Engine, room: GoneRoom): Promise<boolean> => {
  for (const clear of clearings) {
    for (let rows = ROWS; rows === ROWS; ) {
      if (engine.signal.aborted) return false;
      rows = await engine.store.transact((tx) => clear(tx, room));
    }
  }
  return true;
};
