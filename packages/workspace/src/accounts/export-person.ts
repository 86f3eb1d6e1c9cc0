/** A copy of what there is of a person, as files; the first one explains the others. */
import {
  accountDataOf,
  type Engine,
  eventsSentBy,
  filesUploadedBy,
  keysKeptOf,
  roomsOfUser,
  waitingMessagesOf,
} from '@causeway/homeserver';
import type { JsonObject, UserId } from '@causeway/protocol';
import type { WorkspaceContext } from '../context.ts';
import { listDevices } from '../sessions/devices.ts';
import { readPerson } from './people.ts';

export type ExportedFile = {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** Milliseconds since the epoch. */
  readonly modifiedTs: number;
  readonly content: AsyncIterable<Uint8Array>;
};

/** Events in one file: as much as is in memory at once. */
const EVENTS_PER_FILE = 2_000;

const readmeOf = (userId: UserId, made: string) => `Data of ${userId}, as this server had it on ${made}

All text is UTF-8. Times are milliseconds since 1970-01-01 UTC. Events and account data are as the Matrix
specification describes them: https://spec.matrix.org/

profile.json         the account: user ID, names and picture, role, e-mail address, when it was made
sessions.json        where the person is signed in
rooms.json           rooms and the person's membership in each: join, invite, leave, ban or knock; "outsiders" are other
                     servers that are in the room
account-data.json    what apps keep with the account; with "room_id" for one room, without for all
keys.json            public keys of the person's devices and of the person, and whose keys they signed
waiting-messages.json  messages of other devices that the person's devices have not fetched yet: from whom, of which type
                     and size. What is in them others wrote, for an app alone; most is encrypted.
events/*.jsonl       everything that the person sent, oldest first, one JSON object a line: messages (m.room.message),
                     reactions (m.reaction), changes of rooms. What was deleted has no content. What was encrypted
                     (m.room.encrypted) can only be read with the keys in the person's own apps.
files.json           files that the person uploaded; "path" is where each stands in this archive
files/*              the files themselves

Copies on other servers are not in here, and not what others wrote.
`;

/** Entry by entry, read as it is taken. @throws M_NOT_FOUND */
export async function* exportPerson(
  context: WorkspaceContext,
  engine: Engine,
  userId: UserId,
): AsyncGenerator<ExportedFile> {
  const now = context.clock.now();
  const text = (name: string, content: string) => inMemory(name, now, Buffer.from(content));
  const json = (name: string, value: object) => text(name, `${JSON.stringify(value, null, 2)}\n`);
  yield text('README.txt', readmeOf(userId, new Date(now).toISOString()));
  yield json('profile.json', profileJson(await readPerson(context, userId)));
  yield json('sessions.json', await listDevices(context, userId));
  yield json('rooms.json', await roomsOfUser(engine, userId));
  yield json('account-data.json', await accountDataOf(engine, userId));
  yield json('keys.json', await keysKeptOf(engine, userId));
  yield json('waiting-messages.json', await waitingMessagesOf(engine, userId));
  let number = 0;
  for await (const events of inParts(eventsSentBy(engine, userId))) {
    number += 1;
    const lines = events.map((event) => `${JSON.stringify(event)}\n`).join('');
    yield text(`events/${String(number).padStart(6, '0')}.jsonl`, lines);
  }
  const files: object[] = [];
  for await (const { open, mediaId, ...file } of filesUploadedBy(engine, userId)) {
    const content = await open();
    const path = `files/${mediaId}`;
    files.push({
      uri: `mxc://${context.serverName}/${mediaId}`,
      ...(content && { path, size: content.size }),
      ...file,
    });
    if (content === undefined) continue;
    yield { name: path, size: content.size, modifiedTs: file.createdTs, content };
  }
  yield json('files.json', files);
}

const profileJson = ({
  leaving: _leaving,
  version: _version,
  ...person
}: Awaited<ReturnType<typeof readPerson>>) => person;

const inMemory = (name: string, modifiedTs: number, bytes: Uint8Array): ExportedFile => ({
  name,
  size: bytes.length,
  modifiedTs,
  content: (async function* () {
    yield bytes;
  })(),
});

async function* inParts(events: AsyncIterable<JsonObject>): AsyncGenerator<readonly JsonObject[]> {
  let part: JsonObject[] = [];
  for await (const event of events) {
    part.push(event);
    if (part.length < EVENTS_PER_FILE) continue;
    yield part;
    part = [];
  }
  if (part.length > 0) yield part;
}
