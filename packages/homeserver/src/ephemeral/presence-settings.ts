/** What a local user says about their presence once and for all, as account data. */
import type { UserId } from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import type { StoreReader } from '../store/store.ts';
import { readAccountData } from '../users/account-data.ts';

/** `{ "invisible"?: boolean, "status_msg"?: string }`. */
export const PRESENCE_SETTINGS_TYPE = 'org.causeway.presence';

/** What somebody chose for their presence; kept in their account data. */
export type PresenceSettings = {
  /** Offline to everybody else, here and elsewhere. */
  readonly invisible: boolean;
  readonly statusMsg: string | undefined;
};

/** Longest message, of whichever server; what is longer is cut. */
export const MAX_STATUS_LENGTH = 500;

/** From memory. */
export const presenceSettings = async (
  engine: Engine,
  reader: StoreReader,
  userId: UserId,
  userNid: number,
): Promise<PresenceSettings> => {
  const known = engine.ownSettings.presence.get(reader, userNid);
  if (known !== undefined) return known;
  const key = { userId, roomId: '', type: PRESENCE_SETTINGS_TYPE };
  const content = await readAccountData(engine, reader, key);
  const settings = { invisible: content?.invisible === true, statusMsg: statusOf(content?.status_msg) };
  engine.ownSettings.presence.set(reader, userNid, settings);
  return settings;
};

/** A status message that can be shown; undefined when there is none. */
export const statusOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value.slice(0, MAX_STATUS_LENGTH).toWellFormed() : undefined;
