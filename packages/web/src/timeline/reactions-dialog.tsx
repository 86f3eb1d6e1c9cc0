import { Dialog } from '../controls/dialog.tsx';
import { t } from '../i18n/translate.ts';
import { Avatar } from '../people/avatar.tsx';
import { OrganisationBadge } from '../people/organisation-badge.tsx';
import { personIn } from '../people/person.ts';
import { useWorkspace } from '../session/workspace-session.ts';
import { collectReactions } from './build-timeline.ts';
import { loadedEvents } from './loaded-events.ts';
import { toTimelineEvent } from './to-timeline-event.ts';

type ReactionsDialogProps = { roomId: string; eventId: string; onClose: () => void };

/** Who reacted to a message, and with what. */
export default function ReactionsDialog({ roomId, eventId, onClose }: ReactionsDialogProps) {
  const { client, serverName } = useWorkspace();
  const room = client.getRoom(roomId);
  if (!room) return null;
  const events = loadedEvents(room).map(toTimelineEvent);
  const groups = collectReactions(events, client.getSafeUserId()).get(eventId) ?? [];
  return (
    <Dialog title={t('reaction.title')} onClose={onClose}>
      {groups.map((group) => (
        <section key={group.key} aria-label={group.key} className="flex flex-col gap-1.5">
          <h3 className="font-emoji text-lg">{group.key}</h3>
          {group.senders.map((userId) => {
            const person = personIn(room, userId);
            return (
              <div key={userId} className="flex items-center gap-2.5">
                <Avatar userId={userId} name={person.name} avatar={person.avatar} size={28} />
                <span className="min-w-0 flex-1">
                  <span className="block truncate font-medium">{person.name}</span>
                  <span className="block truncate text-xs text-ink-soft">{userId}</span>
                </span>
                {person.organisation === serverName ? null : <OrganisationBadge name={person.organisation} />}
              </div>
            );
          })}
        </section>
      ))}
    </Dialog>
  );
}
