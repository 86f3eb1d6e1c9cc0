/** What of an event a search looks at. @see https://spec.matrix.org/v1.19/client-server-api/#server-side-search */
import { isJsonObject, type JsonObject, type Pdu } from '@causeway/protocol';
import { relationOf } from '../reading/client-event.ts';
import { wordsOf } from './words.ts';

/** The keys that a client may name. */
export const SEARCH_KEYS = ['content.body', 'content.name', 'content.topic'] as const;

export type SearchKey = (typeof SEARCH_KEYS)[number];

/** Characters of one text, and different words of it, that are looked at. */
const MAX_TEXT_LENGTH = 10_000;
const MAX_WORDS = 300;

const keys: { readonly [type: string]: SearchKey } = {
  'm.room.message': 'content.body',
  'm.room.name': 'content.name',
  'm.room.topic': 'content.topic',
};

export const searchKeyOf = (type: string): SearchKey | undefined =>
  Object.hasOwn(keys, type) ? keys[type] : undefined;

/** The text of an event; of an edit, what it puts in place of the original. */
const searchableText = ({ type, content }: Pick<Pdu, 'type' | 'content'>): string => {
  switch (searchKeyOf(type)) {
    case 'content.body': {
      const edited = relationOf(content)?.relType === 'm.replace' ? content['m.new_content'] : undefined;
      return textIn(isJsonObject(edited) ? edited : content, 'body');
    }
    case 'content.name':
      return textIn(content, 'name');
    case 'content.topic':
      return textIn(content, 'topic');
    default:
      return '';
  }
};

const textIn = (content: JsonObject, field: string): string => {
  const value = content[field];
  return typeof value === 'string' ? value : '';
};

/** A quick look: false only for an event that does not have this word. */
export const mayHaveWord = (event: Pick<Pdu, 'type' | 'content'>, word: string): boolean =>
  searchableText(event).normalize('NFKC').toLowerCase().includes(word);

/** Its different words. */
export const wordsOfEvent = (event: Pick<Pdu, 'type' | 'content'>): ReadonlySet<string> => {
  const text = searchableText(event);
  return text === '' ? none : new Set(wordsOf(text, MAX_TEXT_LENGTH).slice(0, MAX_WORDS));
};

const none: ReadonlySet<string> = new Set();
