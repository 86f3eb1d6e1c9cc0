import { t } from '../i18n/translate.ts';
import { plainName } from '../people/plain-name.ts';
import { type JsonObject, text } from '../session/matrix-request.ts';
import type { TimelineEvent } from './timeline-event.ts';

/** What is known of a change of the room's state. */
export type NoticeEvent = Pick<TimelineEvent, 'type' | 'sender' | 'content' | 'previousContent' | 'stateKey'>;

const NOTICE_TYPES: ReadonlySet<string> = new Set([
  'm.room.create',
  'm.room.member',
  'm.room.name',
  'm.room.topic',
  'm.room.avatar',
  'm.room.encryption',
  'm.room.tombstone',
  'm.room.pinned_events',
]);

/** Whether there is a sentence for it. */
export const isNotice = ({ type, stateKey }: NoticeEvent): boolean =>
  stateKey !== undefined && NOTICE_TYPES.has(type);

/** A change of the room's state as a quiet sentence. */
export function noticeText(event: NoticeEvent, nameOf: (userId: string) => string): string {
  const actor = nameOf(event.sender);
  switch (event.type) {
    case 'm.room.create':
      return t('notice.created', { actor });
    case 'm.room.name': {
      const name = text(event.content.name);
      return name
        ? t('notice.renamed', { actor, name: plainName(name) })
        : t('notice.nameRemoved', { actor });
    }
    case 'm.room.topic': {
      const topic = text(event.content.topic);
      return topic ? t('notice.topic', { actor, topic }) : t('notice.topicRemoved', { actor });
    }
    case 'm.room.avatar':
      return t('notice.avatar', { actor });
    case 'm.room.encryption':
      return t('notice.encryption', { actor });
    case 'm.room.tombstone':
      return t('notice.tombstone', { actor });
    case 'm.room.pinned_events':
      return t(
        pinnedCount(event.content) < pinnedCount(event.previousContent) ? 'notice.unpinned' : 'notice.pinned',
        {
          actor,
        },
      );
    default:
      return membershipText(event, actor, nameOf);
  }
}

const pinnedCount = ({ pinned }: JsonObject): number => (Array.isArray(pinned) ? pinned.length : 0);

function membershipText(event: NoticeEvent, actor: string, nameOf: (userId: string) => string): string {
  const subjectId = event.stateKey ?? '';
  const subject = nameIn(event.content) ?? nameIn(event.previousContent) ?? nameOf(subjectId);
  const before = event.previousContent.membership;
  const reason = text(event.content.reason);
  const because = reason ? t('notice.because', { reason }) : '';
  const own = subjectId === event.sender;
  switch (event.content.membership) {
    case 'join':
      if (before === 'join')
        return t('notice.newName', { before: nameIn(event.previousContent) ?? subjectId, subject });
      return t('notice.joined', { subject });
    case 'invite':
      return t('notice.invited', { actor, subject }) + because;
    case 'knock':
      return t('notice.knocked', { subject }) + because;
    case 'ban':
      return t('notice.banned', { actor, subject }) + because;
    case 'leave':
      if (own) return t(before === 'invite' ? 'notice.declined' : 'notice.left', { subject });
      if (before === 'ban') return t('notice.unbanned', { actor, subject });
      if (before === 'invite') return t('notice.revoked', { actor, subject });
      return t('notice.kicked', { actor, subject }) + because;
    default:
      return t('notice.membership', { actor, subject });
  }
}

function nameIn(content: JsonObject): string | undefined {
  const given = text(content.displayname);
  return given === undefined ? undefined : plainName(given);
}
