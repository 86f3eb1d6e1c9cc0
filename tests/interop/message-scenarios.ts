/** Messages: their versions, their deletion, their looks, the links to them. */
import { editedMessage, newMessage } from '../../packages/web/src/composer/message-content.ts';
import { matrixToLink, parseMatrixTo } from '../../packages/web/src/markdown/matrix-to.ts';
import { writeMessage } from '../../packages/web/src/markdown/write-message.ts';
import { leftOut } from './shown-html.ts';
import { at, bothWays, equal, letIn, type Scenario, serverOf, sharedRoom, until } from './two-sides.ts';

const MARKDOWN = `**bold** *italic* ~~gone~~ \`code  x\`

\`\`\`js
if (a)
\t  b();
\`\`\`

- one
- two
  1. deep

> said

[here](https://birch.org/a?b=1&c=2)

| a | b |
|---|---|
| 1 | 2 |`;

/** As Element Web 1.11 writes the same. */
const ELEMENT_HTML = `<p><strong>bold</strong> <em>italic</em> <del>gone</del> <code>code  x</code></p>
<pre><code class="language-js">if (a)
\t  b();
</code></pre>
<ul>
<li>one</li>
<li>two
<ol>
<li>deep</li>
</ol>
</li>
</ul>
<blockquote>
<p>said</p>
</blockquote>
<p><a href="https://birch.org/a?b=1&amp;c=2">here</a></p>
<table>
<thead>
<tr>
<th>a</th>
<th>b</th>
</tr>
</thead>
<tbody>
<tr>
<td>1</td>
<td>2</td>
</tr>
</tbody>
</table>
`;

const LOOKS: readonly RegExp[] = [
  /<strong>bold<\/strong>/,
  /<em>italic<\/em>/,
  /<(s|del)>gone<\/\1>/,
  /<code>code {2}x<\/code>/,
  /<pre><code class="language-js">if \(a\)\n\t {2}b\(\);\n<\/code><\/pre>/,
  /<ul>\n<li>one<\/li>[\s\S]*<ol>\n<li>deep<\/li>/,
  /<blockquote>\n<p>said<\/p>\n<\/blockquote>/,
  /<a href="https:\/\/birch\.org\/a\?b=1&amp;c=2">here<\/a>/,
  /<table>[\s\S]*<th>a<\/th>[\s\S]*<td>2<\/td>/,
];

export const messageScenarios: readonly Scenario[] = [
  ...bothWays('the earlier versions of an edited message', ['messages.versions'], async (direction) => {
    const { here, there } = direction;
    const roomId = await sharedRoom(direction);
    const content = newMessage(writeMessage('first', []));
    const id = await here.send(roomId, 'm.room.message', content);
    for (const body of ['second', 'third']) {
      await here.send(roomId, 'm.room.message', editedMessage(writeMessage(body, []), { id, content }));
    }
    await there.waitForText(roomId, '* third');
    const edits = await there.relations(roomId, id, 'm.replace');
    equal(
      edits.map((edit) => at(edit.content, 'm.new_content', 'body')),
      ['third', 'second'],
      'the edits, the newest first',
    );
    const original = await there.event(roomId, id);
    equal(original.content['body'], 'first', 'the first version');
    const newest = at(original.unsigned, 'm.relations', 'm.replace', 'content', 'm.new_content', 'body');
    equal(newest, 'third', 'the newest version, bundled with it');
  }),
  ...bothWays('a moderator deletes what others wrote', ['messages.delete-any'], async (direction, sides) => {
    const { here, there } = direction;
    const roomId = await sharedRoom(direction);
    const colleague = await sides.colleagueOf(there);
    await letIn(here, roomId, colleague);
    const eventId = await there.sendText(roomId, 'rude');
    await here.waitForText(roomId, 'rude');
    await here.redact(roomId, eventId, 'be kind');
    for (const client of [there, colleague]) {
      const deleted = await until('the deletion', async () => {
        const event = await client.event(roomId, eventId);
        return Object.keys(event.content).length === 0 && event;
      });
      equal(deleted.sender, there.userId, 'who wrote it');
      equal(at(deleted.unsigned, 'redacted_because', 'sender'), here.userId, 'who deleted it');
    }
  }),
  ...bothWays(
    'rich text',
    [
      'rich.bold',
      'rich.italics',
      'rich.strike',
      'rich.inline-code',
      'rich.code-block',
      'rich.lists',
      'rich.quotes',
      'rich.links',
      'rich.tables',
    ],
    async (direction) => {
      const { here, there, label } = direction;
      const roomId = await sharedRoom(direction);
      const content =
        label === 'Causeway'
          ? newMessage(writeMessage(MARKDOWN, []))
          : {
              msgtype: 'm.text',
              body: MARKDOWN,
              format: 'org.matrix.custom.html',
              formatted_body: ELEMENT_HTML,
              'm.mentions': {},
            };
      await here.send(roomId, 'm.room.message', content);
      const { content: arrived } = await there.waitForText(roomId, MARKDOWN);
      equal(arrived['format'], 'org.matrix.custom.html', 'the format');
      equal(arrived['formatted_body'], content['formatted_body'], 'the HTML');
      const html = String(arrived['formatted_body']);
      for (const look of LOOKS) equal(look.test(html), true, `${look} in ${html}`);
      equal(leftOut(html), [], 'what the web app would not show');
    },
  ),
  ...bothWays('a link to a message', ['permalinks'], async (direction) => {
    const { here, there, label } = direction;
    const meeting = await sharedRoom(direction);
    const roomId = await here.createRoom({ preset: 'public_chat' });
    const eventId = await here.sendText(roomId, 'the one that is meant');
    const via = serverOf(here);
    const link =
      label === 'Causeway'
        ? matrixToLink(roomId, eventId, [via])
        : `https://matrix.to/#/${roomId}/${eventId}?via=${via}`;
    await here.sendText(meeting, link);
    const { content } = await there.waitForText(meeting, link);
    const target = parseMatrixTo(String(content['body']));
    if (target?.kind !== 'room' || target.eventId === undefined) throw new Error(`${link} leads nowhere`);
    equal(await there.join(target.room, target.via), roomId, 'the room of the link');
    const { room, eventId: linked } = target;
    const meant = await until('the message of the link', async () => {
      // As the app does it: it goes up until the message is there.
      await there.messages(room);
      return there.event(room, linked);
    });
    equal(meant.content['body'], 'the one that is meant', 'what the link leads to');
  }),
  ...bothWays('pinned messages', ['pins'], async (direction) => {
    const { here, there } = direction;
    const roomId = await sharedRoom(direction);
    const pinned = [await here.sendText(roomId, 'one'), await there.sendText(roomId, 'two')];
    await here.waitForText(roomId, 'two');
    await here.sendState(roomId, 'm.room.pinned_events', '', { pinned });
    await until('the pins', async () => {
      const seen = await there.state(roomId, 'm.room.pinned_events');
      return JSON.stringify(seen['pinned']) === JSON.stringify(pinned);
    });
    const bodies = await Promise.all(pinned.map((id) => there.event(roomId, id)));
    equal(
      bodies.map(({ content }) => content['body']),
      ['one', 'two'],
      'what is pinned',
    );
    await here.sendState(roomId, 'm.room.pinned_events', '', { pinned: [] });
    await until('no pin', async () => {
      const seen = await there.state(roomId, 'm.room.pinned_events');
      return JSON.stringify(seen['pinned']) === '[]';
    });
  }),
];
