import { describe, expect, it } from 'vitest';
import type { Written } from '../markdown/write-message.ts';
import { editedMessage, newMessage } from './message-content.ts';

const plain = (body: string, userIds: string[] = []): Written => ({
  body,
  html: undefined,
  userIds,
  everybody: false,
});

describe('what is sent', () => {
  it('answers a message and calls its author', () => {
    expect(newMessage(plain('yes'), { answered: { id: '$1', sender: '@bob:south.test' } })).toEqual({
      msgtype: 'm.text',
      body: 'yes',
      'm.mentions': { user_ids: ['@bob:south.test'] },
      'm.relates_to': { 'm.in_reply_to': { event_id: '$1' } },
    });
    expect(newMessage(plain('yes'))['m.mentions']).toEqual({});
  });

  it('bears its HTML beside its words', () => {
    expect(newMessage({ ...plain('**a**'), html: '<strong>a</strong>' })).toMatchObject({
      body: '**a**',
      format: 'org.matrix.custom.html',
      formatted_body: '<strong>a</strong>',
    });
  });

  it('stands in a thread with a fallback for clients that know none', () => {
    const thread = { rootId: '$root', latestId: '$last' };
    expect(newMessage(plain('a'), { thread })['m.relates_to']).toEqual({
      rel_type: 'm.thread',
      event_id: '$root',
      is_falling_back: true,
      'm.in_reply_to': { event_id: '$last' },
    });
    const answered = { id: '$1', sender: '@bob:south.test' };
    expect(newMessage(plain('a'), { thread, answered })['m.relates_to']).toMatchObject({
      is_falling_back: false,
      'm.in_reply_to': { event_id: '$1' },
    });
  });

  it('replaces a message with a fallback for clients that do not know edits, and calls only who is new', () => {
    const original = {
      id: '$1',
      content: { msgtype: 'm.text', body: 'old', 'm.mentions': { user_ids: ['@bob:south.test'] } },
    };
    expect(editedMessage(plain('new', ['@bob:south.test', '@ada:north.test']), original)).toEqual({
      msgtype: 'm.text',
      body: '* new',
      'm.mentions': { user_ids: ['@ada:north.test'] },
      'm.new_content': {
        msgtype: 'm.text',
        body: 'new',
        'm.mentions': { user_ids: ['@bob:south.test', '@ada:north.test'] },
      },
      'm.relates_to': { rel_type: 'm.replace', event_id: '$1' },
    });
  });
});
