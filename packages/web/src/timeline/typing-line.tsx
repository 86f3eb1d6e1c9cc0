import { type Room, RoomMemberEvent } from 'matrix-js-sdk';
import { useEffect, useState } from 'react';
import { formatNames } from '../i18n/dates.ts';
import { t } from '../i18n/translate.ts';
import { personIn } from '../people/person.ts';
import { useWorkspace } from '../session/workspace-session.ts';

const NAMES_SHOWN = 3;

/** Who is typing; its line is always reserved, so that nothing moves. */
export function TypingLine({ room }: { room: Room }) {
  const { client } = useWorkspace();
  const [typing, setTyping] = useState<readonly string[]>([]);

  useEffect(() => {
    const update = () => {
      const others = room
        .getMembers()
        .filter((member) => member.typing && member.userId !== client.getUserId())
        .map((member) => personIn(room, member.userId).name);
      setTyping((old) => (old.join() === others.join() ? old : others));
    };
    update();
    client.on(RoomMemberEvent.Typing, update);
    return () => void client.off(RoomMemberEvent.Typing, update);
  }, [client, room]);

  const words =
    typing.length === 0
      ? ''
      : typing.length > NAMES_SHOWN
        ? t('typing.many', { count: typing.length })
        : t('typing.some', { names: formatNames(typing), count: typing.length });
  return (
    <div className="flex h-6 items-center gap-2 px-5 text-xs text-ink-quiet" data-testid="typing">
      {words ? (
        <>
          <span className="flex gap-0.5" aria-hidden>
            {[0, 1, 2].map((dot) => (
              <span
                key={dot}
                className="typing-dot size-1.5 rounded-full bg-edge"
                style={{ animationDelay: `${dot * 160}ms` }}
              />
            ))}
          </span>
          <span className="truncate">{words}</span>
        </>
      ) : null}
    </div>
  );
}
