import { describe, expect, it } from 'vitest';
import { editedMessage, findMentions, newMessage } from './message-content.ts';

const people = [
  { userId: '@ada:north.test', name: 'Ada Lovelace' },
  { userId: '@bob:south.test', name: 'Bob' },
];

describe('what is sent', () => {
  it('finds people by ID, by name and by localpart, as whole words', () => {
    expect(findMentions('@bob:south.test look', people)).toEqual(['@bob:south.test']);
    expect(findMentions('hi @Ada Lovelace, and @bob!', people)).toEqual([
      '@ada:north.test',
      '@bob:south.test',
    ]);
    expect(findMentions('@ada.', people)).toEqual(['@ada:north.test']);
    expect(findMentions('@bobby and mail@bob and @bob:other.test', people)).toEqual([]);
    expect(findMentions('Bob without the sign', people)).toEqual([]);
  });

  it('answers a message and calls its author', () => {
    expect(newMessage('yes', [], { id: '$1', sender: '@bob:south.test' })).toEqual({
      msgtype: 'm.text',
      body: 'yes',
      'm.mentions': { user_ids: ['@bob:south.test'] },
      'm.relates_to': { 'm.in_reply_to': { event_id: '$1' } },
    });
    expect(newMessage('yes', [])['m.mentions']).toEqual({});
  });

  it('replaces a message with a fallback for clients that do not know edits', () => {
    expect(editedMessage('new', [], { id: '$1' })).toMatchObject({
      body: '* new',
      'm.new_content': { body: 'new' },
      'm.relates_to': { rel_type: 'm.replace', event_id: '$1' },
    });
  });
});
