import type { MatrixClient, Room } from 'matrix-js-sdk';
import { t } from '../i18n/translate.ts';
import { type Person, personIn } from '../people/person.ts';
import { mayCallEverybody } from './send-message.ts';
import { COMMANDS, type Command } from './slash-commands.ts';

export type Candidate =
  | { readonly kind: 'person'; readonly key: string; readonly person: Person; readonly insert: string }
  | { readonly kind: 'everybody'; readonly key: string; readonly insert: string; readonly hint: string }
  | { readonly kind: 'command'; readonly key: string; readonly command: Command; readonly insert: string };

export type Completion = {
  /** Where what is completed begins and ends in the text. */
  readonly start: number;
  readonly end: number;
  readonly candidates: readonly Candidate[];
};

const MOST_SHOWN = 8;

/** What may be meant by the word before the cursor. */
export function completionAt(
  client: MatrixClient,
  room: Room,
  body: string,
  cursor: number,
): Completion | undefined {
  const before = body.slice(0, cursor);
  const command = /^\/([a-z]*)$/.exec(before);
  const mention = /(?:^|[\s(])@([^\s@]{0,60})$/.exec(before);
  const candidates = command
    ? commandsFor(command[1] ?? '')
    : mention
      ? peopleFor(client, room, (mention[1] ?? '').toLowerCase(), TAKES_ID.test(body))
      : [];
  if (candidates.length === 0) return undefined;
  const start = command ? 0 : cursor - (mention?.[1]?.length ?? 0) - 1;
  return { start, end: cursor, candidates };
}

const commandsFor = (query: string): Candidate[] =>
  COMMANDS.filter((command) => command.name.startsWith(query)).map((command) => ({
    kind: 'command',
    key: command.name,
    command,
    insert: `/${command.name} `,
  }));

/** Commands that are followed by a whole ID: a name may have spaces. */
const TAKES_ID = /^\/(?:invite|kick|ban|unban|msg)\s/;

function peopleFor(client: MatrixClient, room: Room, query: string, wholeId: boolean): Candidate[] {
  const ranked: { person: Person; rank: number }[] = [];
  for (const member of room.getJoinedMembers()) {
    if (member.userId === client.getUserId()) continue;
    const person = personIn(room, member.userId);
    const rank = rankOf(person, query);
    if (rank !== undefined) ranked.push({ person, rank });
  }
  // Nothing is missing from a whole ID.
  if (ranked.some(({ person }) => person.userId.toLowerCase() === `@${query}`)) return [];
  ranked.sort((a, b) => a.rank - b.rank || a.person.name.localeCompare(b.person.name));
  const names = room.getJoinedMembers().map((member) => personIn(room, member.userId).name.toLowerCase());
  const people: Candidate[] = ranked.slice(0, MOST_SHOWN).map(({ person }) => ({
    kind: 'person',
    key: person.userId,
    person,
    // A name that two people have means nobody.
    insert:
      wholeId || names.filter((name) => name === person.name.toLowerCase()).length > 1
        ? `${person.userId} `
        : `@${person.name} `,
  }));
  if (wholeId || !'room'.startsWith(query) || !mayCallEverybody(client, room)) return people;
  const hint = t('mention.everybody', { count: room.getJoinedMemberCount() });
  return [...people, { kind: 'everybody', key: '@room', insert: '@room ', hint }];
}

function rankOf({ name, userId }: Person, query: string): number | undefined {
  const lower = name.toLowerCase();
  const id = userId.slice(1).toLowerCase();
  if (lower.startsWith(query) || id.startsWith(query)) return 0;
  if (lower.split(/\s+/).some((word) => word.startsWith(query))) return 1;
  return lower.includes(query) || id.includes(query) ? 2 : undefined;
}
