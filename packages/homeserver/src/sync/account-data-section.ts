/** Account data of a user that a sync shows: global, and by room. */
import { isJsonObject, type JsonObject, parseJson } from '@causeway/protocol';
import { accountData } from '../store/schema.ts';
import { PUSH_RULES_TYPE } from '../users/own-push-rules.ts';
import { readPushRules } from '../users/push-rules.ts';
import type { SyncScope } from './sync-scope.ts';

export type AccountDataEvent = { readonly type: string; readonly content: JsonObject };

/** By room ID; '' is global. */
export type AccountDataByRoom = ReadonlyMap<string, readonly AccountDataEvent[]>;

export const changedAccountData = async (scope: SyncScope): Promise<AccountDataByRoom> => {
  const { reader, viewer, since, now } = scope;
  const rows =
    since === undefined || scope.fullState
      ? await reader.scan(accountData, { where: { user_nid: viewer.userNid } })
      : await reader.scan(accountData, {
          index: 'by_stream',
          where: { user_nid: viewer.userNid },
          gt: since.stream,
        });
  const found = new Map<string, AccountDataEvent[]>();
  for (const row of rows) {
    if (row.stream > now.stream) continue;
    const content = readContent(row.content);
    // An initial sync has no use for what was emptied.
    if (since === undefined && Object.keys(content).length === 0) continue;
    const events = found.get(row.room_id) ?? [];
    events.push({ type: row.type, content });
    found.set(row.room_id, events);
  }
  await addPushRules(scope, found);
  return found;
};

/** Push rules are complete wherever they are shown, also for somebody who never changed any. */
const addPushRules = async (
  { engine, reader, viewer, since }: SyncScope,
  found: Map<string, AccountDataEvent[]>,
): Promise<void> => {
  const events = found.get('') ?? [];
  const shown = events.some((event) => event.type === PUSH_RULES_TYPE);
  if (!shown && since !== undefined) return;
  const content = { global: await readPushRules(engine, reader, viewer.userId) };
  found.set('', [
    ...events.filter((event) => event.type !== PUSH_RULES_TYPE),
    { type: PUSH_RULES_TYPE, content },
  ]);
};

/** All account data of one room, for a room that is new to the client. */
export const roomAccountData = async (
  scope: SyncScope,
  roomId: string,
): Promise<readonly AccountDataEvent[]> => {
  const rows = await scope.reader.scan(accountData, {
    where: { user_nid: scope.viewer.userNid, room_id: roomId },
  });
  return rows.map((row) => ({ type: row.type, content: readContent(row.content) }));
};

const readContent = (text: string): JsonObject => {
  const parsed = parseJson(text);
  return parsed.ok && isJsonObject(parsed.value) ? parsed.value : {};
};
