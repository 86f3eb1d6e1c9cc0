import { EventType, type MatrixClient, RelationType } from 'matrix-js-sdk';
import { say } from '../frame/say.ts';
import { t } from '../i18n/translate.ts';
import { describeProblem } from '../session/problem.ts';
import type { MessageItem } from './build-timeline.ts';

/** Adds one's reaction, or takes it back when it is there. */
export async function toggleReaction(
  client: MatrixClient,
  roomId: string,
  item: MessageItem,
  key: string,
): Promise<void> {
  const mine = item.reactions.find((group) => group.key === key)?.mine;
  try {
    if (mine) {
      if (mine.send.state === 'sent') await client.redactEvent(roomId, mine.id);
      return;
    }
    await client.sendEvent(roomId, EventType.Reaction, {
      'm.relates_to': { rel_type: RelationType.Annotation, event_id: item.event.id, key },
    });
  } catch (problem) {
    say(t('reaction.failed', { reason: describeProblem(problem) }));
  }
}
