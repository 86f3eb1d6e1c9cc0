/** A Causeway that goes on from a backup, beside a Synapse that knows more. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { alone, equal, fromCauseway, inRoom, listOf, type Scenario, sharedRoom, until } from './two-sides.ts';

/** More than a server gives at once when it is asked for missing events. */
const MESSAGES = 15;

export const restoreScenarios: readonly Scenario[] = alone([
  fromCauseway(
    'what happened since a backup that was restored, fetched from the other side',
    [],
    async (direction, { causeway }) => {
      const { here, there } = direction;
      const folder = mkdtempSync(join(tmpdir(), 'causeway-restored-'));
      try {
        const roomId = await sharedRoom(direction);
        await here.sendText(roomId, 'before the backup');
        await there.waitForText(roomId, 'before the backup');
        await causeway.run(['backup', folder]);
        const written: string[] = [];
        for (let number = 0; number < MESSAGES; number++) {
          const [ours, theirs] = [`ours ${number}`, `theirs ${number}`];
          await here.sendText(roomId, ours);
          await there.waitForText(roomId, ours);
          await there.sendText(roomId, theirs);
          await here.waitForText(roomId, theirs);
          written.push(ours, theirs);
        }
        await causeway.stop();
        await causeway.run(['restore', '--replace', join(folder, readdirSync(folder)[0] ?? '')]);
        await causeway.start();
        const found = await until('all of it', async () => {
          const { chunk } = await here.call('GET', `v3/${inRoom(roomId)}/messages?dir=b&limit=100`);
          const bodies = listOf(chunk).map((event) => String(Object(event['content'])['body']));
          const later = bodies.filter((body) => /^(?:ours|theirs) \d+$/.test(body)).toReversed();
          return later.length === written.length && later;
        });
        equal(found, written, 'the messages in their order');
        await here.sendText(roomId, 'after the restore');
        await there.waitForText(roomId, 'after the restore');
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
  ),
]);
