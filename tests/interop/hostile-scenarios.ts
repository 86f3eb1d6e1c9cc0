/** Messages that attack who reads them: they arrive as they were sent, and what is dangerous is never shown. */
import { ATTACKS } from '../browser/attacks.ts';
import { leftOut } from './shown-html.ts';
import { bothWays, equal, type Scenario, sharedRoom, until } from './two-sides.ts';

export const hostileScenarios: readonly Scenario[] = [
  ...bothWays('HTML that attacks', ['surface.sanitised', 'bad.html'], async (direction) => {
    const { here, there } = direction;
    const roomId = await sharedRoom(direction);
    for (const [index, attack] of ATTACKS.entries()) {
      const body = `attack ${index}`;
      const eventId = await here.send(roomId, 'm.room.message', {
        msgtype: 'm.text',
        body,
        format: 'org.matrix.custom.html',
        formatted_body: attack,
      });
      const { content } = await until(body, () => there.event(roomId, eventId));
      equal(content['formatted_body'], attack, 'what arrives');
      // Nesting is dangerous without any element that is.
      const html = attack.startsWith('<blockquote>') ? `${attack}<script>` : attack;
      equal(leftOut(html).length > 0, true, `whether anything is left out of ${html}`);
    }
    const name = '<img src=x onerror="alert(1)">&amp;';
    await here.setDisplayName(name);
    await here.sendState(roomId, 'm.room.topic', '', { topic: name });
    await until('the topic', async () => (await there.state(roomId, 'm.room.topic'))['topic'] === name);
    await until(
      'the name',
      async () => (await there.state(roomId, 'm.room.member', here.userId))['displayname'] === name,
    );
  }),
];
