/** Reactions, mentions, replies, threads, discussions. */
import { newMessage } from '../../packages/web/src/composer/message-content.ts';
import { parseRoomAddress } from '../../packages/web/src/discovery/room-address.ts';
import { writeMessage } from '../../packages/web/src/markdown/write-message.ts';
import { startDiscussion } from '../../packages/web/src/rooms/discussion.ts';
import {
  withoutHtmlReplyFallback,
  withoutReplyFallback,
} from '../../packages/web/src/timeline/allowed-html.ts';
import type { MatrixClient } from './matrix-client.ts';
import {
  at,
  bothWays,
  equal,
  exchange,
  inRoom,
  letIn,
  listOf,
  type Scenario,
  serverOf,
  sharedRoom,
  until,
  untilMembership,
} from './two-sides.ts';
import { openWebApp } from './web-app.ts';

/** Waits for [unread, of these highlighted]. */
const untilCounts = async (client: MatrixClient, roomId: string, wanted: readonly [number, number]) => {
  let seen: unknown;
  await until(`${client.userId} counts ${wanted}`, async () => {
    const counts = (await client.freshRoom(roomId))?.unread_notifications;
    seen = [counts?.['notification_count'], counts?.['highlight_count']];
    return JSON.stringify(seen) === JSON.stringify(wanted);
  }).catch(() => equal(seen, wanted, `unread and highlighted for ${client.userId}`));
};

const named = (client: MatrixClient) => ({
  userId: client.userId,
  name: client.userId.slice(1).split(':')[0] ?? '',
});

/** A mention as our app writes it, or as Element does. */
const mention = (label: 'Causeway' | 'Synapse', whom: MatrixClient, words: string) => {
  const person = named(whom);
  if (label === 'Causeway') return newMessage(writeMessage(`@${person.name} ${words}`, [person]));
  return {
    msgtype: 'm.text',
    body: `${person.name}: ${words}`,
    format: 'org.matrix.custom.html',
    formatted_body: `<a href="https://matrix.to/#/${person.userId}">${person.name}</a>: ${words}`,
    'm.mentions': { user_ids: [person.userId] },
  };
};

const untilReaction = (client: MatrixClient, roomId: string, eventId: string, who: readonly string[]) =>
  until(`${client.userId} sees who reacted`, async () => {
    const reactions = await client.relations(roomId, eventId, 'm.annotation');
    const senders = reactions
      .filter(({ content }) => at(content, 'm.relates_to', 'key') === '🦔')
      .map(({ sender }) => sender);
    return JSON.stringify(senders.sort()) === JSON.stringify([...who].sort());
  });

export const conversationScenarios: readonly Scenario[] = [
  ...bothWays('who reacted', ['reactions.who', 'reactions.any'], async (direction, sides) => {
    const { here, there } = direction;
    const roomId = await sharedRoom(direction);
    const colleague = await sides.colleagueOf(here);
    await letIn(here, roomId, colleague);
    const eventId = await there.sendText(roomId, 'a hedgehog');
    for (const client of [here, colleague]) {
      await client.waitForText(roomId, 'a hedgehog');
      await client.send(roomId, 'm.reaction', {
        'm.relates_to': { rel_type: 'm.annotation', event_id: eventId, key: '🦔' },
      });
    }
    for (const client of [here, there])
      await untilReaction(client, roomId, eventId, [here.userId, colleague.userId]);
  }),
  ...bothWays(
    'mentions, and the counts that follow them',
    [
      'mentions.local',
      'mentions.remote',
      'mentions.room',
      'mentions.field',
      'mentions.highlight',
      'mentions.unread',
    ],
    async (direction, sides) => {
      const { here, there, label } = direction;
      const roomId = await sharedRoom(direction);
      const colleague = await sides.colleagueOf(here);
      await letIn(here, roomId, colleague);
      const say = (content: { readonly [name: string]: unknown }) =>
        here.send(roomId, 'm.room.message', content);
      // A Synapse sums up every 30 s, and then counts the invitation for who has not read anything yet.
      const beginning = await say({ msgtype: 'm.text', body: 'the beginning', 'm.mentions': {} });
      for (const reader of [there, colleague]) {
        await reader.waitForText(roomId, 'the beginning');
        await reader.sendReceipt(roomId, beginning);
        await untilCounts(reader, roomId, [0, 0]);
      }
      await say({ msgtype: 'm.text', body: 'nobody is meant', 'm.mentions': {} });
      await untilCounts(there, roomId, [1, 0]);
      const remote = mention(label, there, 'look at this');
      await say(remote);
      await untilCounts(there, roomId, [2, 1]);
      await untilCounts(colleague, roomId, [2, 0]);
      const local = mention(label, colleague, 'and you');
      await say(local);
      await untilCounts(there, roomId, [3, 1]);
      await untilCounts(colleague, roomId, [3, 1]);
      const last = await say({ msgtype: 'm.text', body: '@room lunch', 'm.mentions': { room: true } });
      await untilCounts(there, roomId, [4, 2]);
      await untilCounts(colleague, roomId, [4, 2]);
      for (const sent of [remote, local]) {
        const { content } = await there.waitForText(roomId, String(sent['body']));
        equal(content['m.mentions'], sent['m.mentions'], 'who is meant');
        equal(content['formatted_body'], sent['formatted_body'], 'the pill');
      }
      await there.sendReceipt(roomId, last);
      await untilCounts(there, roomId, [0, 0]);
    },
  ),
  ...bothWays('replies and quotes', ['replies.rendered', 'replies.quote'], async (direction) => {
    const { here, there, label } = direction;
    const roomId = await sharedRoom(direction);
    const id = await there.sendText(roomId, 'the question');
    await here.waitForText(roomId, 'the question');
    const reply =
      label === 'Causeway'
        ? newMessage(writeMessage('yes', []), { answered: { id, sender: there.userId } })
        : {
            // As older clients write it, with the question before the answer.
            msgtype: 'm.text',
            body: `> <${there.userId}> the question\n\nyes`,
            format: 'org.matrix.custom.html',
            formatted_body: `<mx-reply><blockquote>the question</blockquote></mx-reply>yes`,
            'm.mentions': { user_ids: [there.userId] },
            'm.relates_to': { 'm.in_reply_to': { event_id: id } },
          };
    await here.send(roomId, 'm.room.message', reply);
    const { content } = await there.waitForText(roomId, String(reply['body']));
    const answered = String(at(content, 'm.relates_to', 'm.in_reply_to', 'event_id'));
    equal((await there.event(roomId, answered)).content['body'], 'the question', 'what is answered');
    equal(withoutReplyFallback(String(content['body'])), 'yes', 'the answer');
    equal(withoutHtmlReplyFallback(String(content['formatted_body'] ?? 'yes')), 'yes', 'its HTML');
    const quote = newMessage(writeMessage('> the question\n\nA quotation.', []));
    await here.send(roomId, 'm.room.message', quote);
    const quoted = await there.waitForText(roomId, String(quote['body']));
    equal(
      quoted.content['formatted_body'],
      '<blockquote>\n<p>the question</p>\n</blockquote>\n<p>A quotation.</p>',
      'the quotation',
    );
  }),
  ...bothWays(
    'a thread',
    ['threads.start', 'threads.reply', 'threads.list', 'threads.unread', 'threads.receipts'],
    async (direction, sides) => {
      const { here, there } = direction;
      const roomId = await sharedRoom(direction);
      const colleague = await sides.colleagueOf(there);
      await letIn(here, roomId, colleague);
      const rootId = await there.sendText(roomId, 'the root');
      await here.waitForText(roomId, 'the root');
      const answer = (by: MatrixClient, body: string, latestId: string) =>
        by.send(
          roomId,
          'm.room.message',
          newMessage(writeMessage(body, []), { thread: { rootId, latestId } }),
        );
      const first = await answer(here, 'started', rootId);
      await there.waitForText(roomId, 'started');
      const second = await answer(there, 'gone on', first);
      await here.waitForText(roomId, 'gone on');
      for (const client of [here, there]) {
        await until(`${client.userId} sees the thread in the list`, async () => {
          const [thread, ...others] = listOf(
            (await client.call('GET', `v1/${inRoom(roomId)}/threads`))['chunk'],
          );
          const summary = at(thread, 'unsigned', 'm.relations', 'm.thread');
          return (
            others.length === 0 &&
            thread?.['event_id'] === rootId &&
            at(summary, 'count') === 2 &&
            at(summary, 'latest_event', 'content', 'body') === 'gone on'
          );
        });
        equal(
          (await client.relations(roomId, rootId, 'm.thread')).map(({ event_id }) => event_id),
          [second, first],
          `the replies for ${client.userId}`,
        );
      }
      const unread = async (client: MatrixClient, wanted: number) => {
        let seen: unknown;
        await until('the unread replies', async () => {
          const room = await client.freshRoom(roomId);
          seen = room?.unread_thread_notifications?.[rootId]?.['notification_count'] ?? 0;
          return seen === wanted;
        }).catch(() => equal(seen, wanted, `unread replies for ${client.userId}`));
      };
      await unread(colleague, 2);
      await unread(here, 1);
      await here.sync();
      await colleague.sendReceipt(roomId, second, 'm.read', rootId);
      await unread(colleague, 0);
      await here.waitFor('the receipt of the thread', ({ rooms }) =>
        rooms?.join?.[roomId]?.ephemeral?.events.some(
          ({ content }) => at(content, second, 'm.read', colleague.userId, 'thread_id') === rootId,
        ),
      );
    },
  ),
  ...bothWays(
    'a discussion of a message',
    ['discussions.start', 'discussions.joined', 'discussions.linked'],
    async (direction) => {
      const { here, there } = direction;
      const parentId = await sharedRoom(direction);
      const eventId = await there.sendText(parentId, 'worth a room');
      await here.waitForText(parentId, 'worth a room');
      await using app = await openWebApp(here);
      const parent = await app.room(parentId);
      const roomId = await startDiscussion(app.client, { parent, eventId, name: 'Lunch & <more>' });
      const notice = await there.waitForEvent(
        parentId,
        'the link',
        ({ content }) => at(content, 'm.relates_to', 'm.in_reply_to', 'event_id') === eventId,
      );
      const link = /https:\S+$/.exec(String(notice.content['body']))?.[0] ?? '';
      const address = parseRoomAddress(link);
      equal(address, { address: roomId, via: [serverOf(here)] }, 'where the link leads');
      await there.join(roomId, address?.via);
      await untilMembership(here, roomId, there, 'join');
      equal((await there.state(roomId, 'm.room.name'))['name'], 'Lunch & <more>', 'its name');
      equal((await there.state(roomId, 'm.space.parent', parentId))['canonical'], true, 'its parent');
      await exchange(direction, roomId);
    },
  ),
];
