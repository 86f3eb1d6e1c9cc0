import type { Room } from 'matrix-js-sdk';
import { Button } from '../controls/button.tsx';
import { openDialog } from '../frame/dialogs.ts';
import { t } from '../i18n/translate.ts';
import { Avatar } from '../people/avatar.tsx';
import { personIn } from '../people/person.ts';
import { useRoomMembers } from '../rooms/room-members.ts';
import { text } from '../session/matrix-request.ts';
import { useWorkspace } from '../session/workspace-session.ts';

/** Who cannot come back in, by whom and why, with a way to unban. */
export function BannedSection({ room }: { room: Room }) {
  const { client } = useWorkspace();
  const { banned } = useRoomMembers(room);
  const myLevel = room.getMember(client.getSafeUserId())?.powerLevel ?? 0;
  const mayUnban = room.currentState.hasSufficientPowerLevelFor('ban', myLevel);
  if (banned.length === 0) return <p className="text-ink-soft">{t('banned.nobody')}</p>;
  return (
    <ul aria-label={t('roomSettings.banned')} className="flex flex-col gap-3">
      {banned.map((member) => {
        const person = personIn(room, member.userId);
        const sender = member.events.member?.getSender();
        const reason = text(member.events.member?.getContent().reason);
        return (
          <li key={member.userId} className="flex items-center gap-3">
            <Avatar userId={person.userId} name={person.name} avatar={person.avatar} size={28} />
            <div className="min-w-0 flex-1">
              <p dir="auto" className="truncate font-medium">
                {person.name}
              </p>
              <p className="truncate text-xs text-ink-soft">{member.userId}</p>
              <p className="text-xs text-ink-quiet [overflow-wrap:anywhere]">
                {sender ? t('banned.by', { name: personIn(room, sender).name }) : ''}
                {reason ? ` · ${reason}` : ''}
              </p>
            </div>
            {mayUnban ? (
              <Button
                variant="secondary"
                small
                onClick={() =>
                  openDialog({
                    kind: 'remove-person',
                    act: 'unban',
                    roomId: room.roomId,
                    userId: member.userId,
                  })
                }
              >
                {t('members.unban')}
              </Button>
            ) : null}
          </li>
        );
      })}
    </ul>
  );
}
