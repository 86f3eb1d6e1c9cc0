/**
 * Messages that wait for the device that syncs, the oldest first. There is no filter for them.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#send-to-device-messaging
 */
import { isJsonObject, type JsonObject, parseJson, parseUserId, serverNameOf } from '@causeway/protocol';
import { hearingOfServer } from '../reading/hearing.ts';
import { toDeviceInbox } from '../store/device-tables.ts';
import type { RowOf } from '../store/table.ts';
import type { SyncScope } from './sync-scope.ts';

/** As the specification recommends. */
const MAX_MESSAGES = 100;

export type ToDevice = {
  readonly events: readonly JsonObject[];
  /** Up to where they were shown: less than what the rest of the answer shows when more wait. */
  readonly upTo: number;
};

export const toDeviceSection = async (scope: SyncScope): Promise<ToDevice> => {
  const { reader, viewer, since, now } = scope;
  const rows = await reader.scan(toDeviceInbox, {
    where: { user_nid: viewer.userNid, device_id: viewer.deviceId },
    gt: since?.toDevice ?? 0,
    lte: now.stream,
    limit: MAX_MESSAGES + 1,
  });
  const shown = rows.slice(0, MAX_MESSAGES);
  return {
    events: shown.map((row) => eventOf(scope, row)).filter((event) => event !== undefined),
    upTo: rows.length > shown.length ? (shown.at(-1)?.stream ?? now.stream) : now.stream,
  };
};

/** Undefined for what the viewer does not want, or may not hear, by now. */
const eventOf = (
  { engine, viewer, ignored }: SyncScope,
  { sender, type, stream, content: text }: RowOf<typeof toDeviceInbox>,
): JsonObject | undefined => {
  const userId = parseUserId(sender);
  if (userId === undefined || ignored.has(sender)) return undefined;
  const server = serverNameOf(userId);
  const heard = hearingOfServer(viewer.hearing, server);
  if (server !== engine.serverName && heard.kind === 'until' && stream > heard.stream) return undefined;
  const content = parseJson(text);
  return content.ok && isJsonObject(content.value) ? { sender, type, content: content.value } : undefined;
};
