import type { MatrixClient, Room } from 'matrix-js-sdk';
import { openDialog } from '../frame/dialogs.ts';
import { goTo } from '../frame/route.ts';
import { t } from '../i18n/translate.ts';
import { parseMatrixTo } from '../markdown/matrix-to.ts';
import { writeMessage } from '../markdown/write-message.ts';
import { openDirectMessage } from '../people/direct-message.ts';
import { isUserId } from '../people/organisation.ts';
import { openMessageDialog } from '../timeline/message-dialogs.ts';
import { newMessage, type Place } from './message-content.ts';
import { mentionable, sendContent } from './send-message.ts';

export type CommandName =
  | 'invite'
  | 'kick'
  | 'ban'
  | 'unban'
  | 'topic'
  | 'join'
  | 'leave'
  | 'me'
  | 'msg'
  | 'help';

export type Command = {
  readonly name: CommandName;
  /** What follows its name; nothing does for some. */
  readonly argument:
    | `command.argument.${'person' | 'personReason' | 'text' | 'room' | 'personText'}`
    | undefined;
  readonly says: `command.${CommandName}`;
};

const command = (name: CommandName, argument?: Command['argument']): Command => ({
  name,
  argument,
  says: `command.${name}`,
});

export const COMMANDS: readonly Command[] = [
  command('invite', 'command.argument.person'),
  command('kick', 'command.argument.personReason'),
  command('ban', 'command.argument.personReason'),
  command('unban', 'command.argument.person'),
  command('topic', 'command.argument.text'),
  command('join', 'command.argument.room'),
  command('leave'),
  command('me', 'command.argument.text'),
  command('msg', 'command.argument.personText'),
  command('help'),
];

export type CommandCall = { readonly name: string; readonly rest: string };

/** The command in a text; a text that begins with two slashes is none. */
export function parseCommand(body: string): CommandCall | undefined {
  const match = /^\/([a-z]+)(?:\s+([\s\S]*))?$/i.exec(body.trim());
  return match?.[1] ? { name: match[1].toLowerCase(), rest: match[2]?.trim() ?? '' } : undefined;
}

/** Does it; resolves to why it cannot be done, in words, or to nothing. Throws what the server refuses. */
export async function runCommand(
  client: MatrixClient,
  room: Room,
  call: CommandCall,
  place: Place,
): Promise<string | undefined> {
  const known = COMMANDS.find((one) => one.name === call.name);
  if (!known) return t('command.unknown', { name: call.name });
  const [first = '', ...others] = call.rest.split(/\s+/);
  const rest = call.rest.slice(first.length).trim();
  const argument = known.argument ? ` ${t(known.argument)}` : '';
  const missing = t('command.usage', { usage: `/${known.name}${argument}` });
  switch (known.name) {
    case 'invite':
    case 'unban':
      if (others.length > 0) return missing;
      return withPerson(first, missing, (userId) =>
        client[known.name as 'invite' | 'unban'](room.roomId, userId),
      );
    case 'kick':
    case 'ban':
      return withPerson(meant(room, first), missing, (userId) =>
        client[known.name as 'kick' | 'ban'](room.roomId, userId, rest || undefined),
      );
    case 'topic':
      if (!call.rest) return missing;
      await client.setRoomTopic(room.roomId, call.rest);
      return undefined;
    case 'join':
      return join(client, first, missing);
    case 'leave':
      openDialog({ kind: 'leave-room', roomId: room.roomId });
      return undefined;
    case 'me':
      if (!call.rest) return missing;
      sendContent(
        client,
        room.roomId,
        newMessage(writeMessage(call.rest, mentionable(client, room)), place, 'm.emote'),
      );
      return undefined;
    case 'msg':
      return withPerson(first, missing, async (userId) => {
        const roomId = await openDirectMessage(client, userId);
        if (rest) sendContent(client, roomId, newMessage(writeMessage(rest, [])));
        goTo({ screen: 'room', roomId });
      });
    case 'help':
      openMessageDialog({ kind: 'commands' });
      return undefined;
  }
}

/** Somebody of the room by `@name`, or a whole ID. */
function meant(room: Room, word: string): string {
  if (isUserId(word)) return word;
  const name = word.replace(/^@/, '').toLowerCase();
  const found = room
    .getMembers()
    .filter(
      (member) =>
        member.userId.slice(1).split(':')[0] === name || member.rawDisplayName?.toLowerCase() === name,
    );
  return found.length === 1 ? (found[0]?.userId ?? word) : word;
}

async function withPerson(
  userId: string,
  missing: string,
  act: (userId: string) => Promise<unknown>,
): Promise<string | undefined> {
  if (!isUserId(userId)) return missing;
  await act(userId);
  return undefined;
}

async function join(client: MatrixClient, word: string, missing: string): Promise<string | undefined> {
  const target = parseMatrixTo(word);
  const room = target?.kind === 'room' ? target.room : word;
  if (!/^[#!].+/.test(room)) return missing;
  const viaServers = target?.kind === 'room' ? [...target.via] : [];
  const joined = await client.joinRoom(room, { viaServers });
  goTo({ screen: 'room', roomId: joined.roomId });
  return undefined;
}
