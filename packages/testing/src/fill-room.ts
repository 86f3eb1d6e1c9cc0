/** Fills a room with people and messages of its server, in bulk, through the same steps as single ones. */
import {
  type Appended,
  appendOwn,
  type Engine,
  type EventTemplate,
  publishAppended,
  resolved,
  roomById,
} from '@causeway/homeserver';
import type { RoomId, UserId } from '@causeway/protocol';

/** Events in one commit. */
const BATCH = 100;

const appendAll = async (
  engine: Engine,
  roomId: RoomId,
  templates: Iterable<EventTemplate>,
): Promise<void> => {
  const waiting = [...templates];
  while (waiting.length > 0) {
    const batch = waiting.splice(0, BATCH);
    const appended = await engine.store.transact(async (tx) => {
      const done: Appended[] = [];
      for (const template of batch) {
        const room = await roomById(tx, roomId);
        if (room === undefined) throw new Error(`no room ${roomId}`);
        done.push(resolved(await appendOwn(engine, tx, room, template)));
      }
      return done;
    });
    publishAppended(engine, appended);
  }
};

/** These users join a public room. */
export const joinAll = (
  engine: Engine,
  roomId: RoomId,
  people: readonly { readonly userId: UserId; readonly displayname: string }[],
): Promise<void> =>
  appendAll(
    engine,
    roomId,
    people.map(({ userId, displayname }) => ({
      type: 'm.room.member',
      sender: userId,
      stateKey: userId,
      content: { membership: 'join', displayname },
    })),
  );

/** One message for each text, by these members in turn. */
export const sayAll = (
  engine: Engine,
  roomId: RoomId,
  senders: readonly UserId[],
  texts: readonly string[],
): Promise<void> =>
  appendAll(
    engine,
    roomId,
    texts.flatMap((body, index) => {
      const sender = senders[index % senders.length];
      return sender === undefined
        ? []
        : [{ type: 'm.room.message', sender, content: { msgtype: 'm.text', body } }];
    }),
  );
