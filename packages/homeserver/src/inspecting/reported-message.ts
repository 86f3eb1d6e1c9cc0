/** A reported message with what was said around it, for admins who are not in the room. */
import type { JsonObject } from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import { type MediaAddress, filesIn } from '../media/quarantine.ts';
import type { StoredEvent } from '../rooms/event-cache.ts';
import { timeline } from '../store/schema.ts';
import type { StoreReader } from '../store/store.ts';

/** Messages before and after it. */
const AROUND = 3;

/** A message, for somebody who looks at a report. `ts` is milliseconds since the epoch, by its server's clock. */
export type SeenMessage = {
  readonly eventId: string;
  readonly sender: string;
  readonly ts: number;
  readonly type: string;
  readonly content: JsonObject;
  /** Of a state event only. */
  readonly stateKey?: string;
  /** What a state event took the place of. */
  readonly previousContent?: JsonObject;
  readonly redacted: boolean;
};

/** A reported message between those before and after it. */
export type ReportedMessage = {
  readonly message: SeenMessage;
  readonly before: readonly SeenMessage[];
  readonly after: readonly SeenMessage[];
  /** The files that it names. */
  readonly files: readonly MediaAddress[];
};

/** Undefined when it is not here any more: it was purged, or the room is gone. */
export const readReportedMessage = (
  engine: Engine,
  { roomId, eventId }: { readonly roomId: string; readonly eventId: string },
): Promise<ReportedMessage | undefined> =>
  engine.store.read(async (reader) => {
    const event = await engine.events.byId(reader, eventId);
    if (event?.pdu.room_id !== roomId || event.position === null) return undefined;
    return {
      message: await seen(engine, reader, event),
      before: (await around(engine, reader, event, true)).toReversed(),
      after: await around(engine, reader, event, false),
      files: filesIn(event.pdu.content),
    };
  });

const around = async (
  engine: Engine,
  reader: StoreReader,
  { roomNid, position }: StoredEvent,
  reverse: boolean,
): Promise<readonly SeenMessage[]> => {
  const rows = await reader.scan(timeline, {
    where: { room_nid: roomNid },
    ...(reverse ? { lt: position ?? 0 } : { gt: position ?? 0 }),
    reverse,
    limit: AROUND,
  });
  const found: SeenMessage[] = [];
  for (const row of rows) {
    found.push(await seen(engine, reader, await engine.events.byNid(reader, row.event_nid)));
  }
  return found;
};

const seen = async (engine: Engine, reader: StoreReader, event: StoredEvent): Promise<SeenMessage> => {
  const { eventId, pdu, redactedBy } = event;
  const previousContent = await contentBefore(engine, reader, event);
  return {
    eventId,
    sender: pdu.sender,
    ts: pdu.origin_server_ts,
    type: pdu.type,
    content: pdu.content,
    ...(pdu.state_key === undefined ? {} : { stateKey: pdu.state_key }),
    ...(previousContent === undefined ? {} : { previousContent }),
    redacted: redactedBy !== null,
  };
};

const contentBefore = async (
  engine: Engine,
  reader: StoreReader,
  { roomNid, eventNid, stateKeyNid, stateBefore }: StoredEvent,
): Promise<JsonObject | undefined> => {
  if (stateKeyNid === null || stateBefore === null) return undefined;
  const nid = await engine.states.get(reader, roomNid, stateBefore, stateKeyNid);
  if (nid === undefined || nid === eventNid) return undefined;
  return (await engine.events.byNid(reader, nid)).pdu.content;
};
