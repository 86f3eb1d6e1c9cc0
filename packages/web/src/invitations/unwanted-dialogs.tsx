import { ConfirmDialog } from '../controls/confirm-dialog.tsx';
import { say } from '../frame/say.ts';
import { t } from '../i18n/translate.ts';
import { setBlocked, setIgnored } from '../people/blocked-servers.ts';
import { localpartOf } from '../people/organisation.ts';
import { personIn } from '../people/person.ts';
import { useWorkspace } from '../session/workspace-session.ts';

type Closable = { onClose: () => void };

/** Somebody whose messages and invitations one does not want to see; their open invitation is declined. */
export function ConfirmIgnore({
  userId,
  roomId,
  onClose,
}: Closable & { userId: string; roomId?: string | undefined }) {
  const { client } = useWorkspace();
  const room = roomId ? client.getRoom(roomId) : undefined;
  const name = room ? personIn(room, userId).name : localpartOf(userId);
  return (
    <ConfirmDialog
      danger
      title={t('ignore.title', { name })}
      text={t('ignore.text', { id: userId })}
      confirm={t('ignore.confirm')}
      onClose={onClose}
      onConfirm={async () => {
        await setIgnored(client, userId, true);
        if (room?.getMyMembership() === 'invite') await client.leave(room.roomId);
        say(t('ignore.done', { name }));
      }}
    />
  );
}

export function ConfirmBlock({ server, onClose }: Closable & { server: string }) {
  const { client } = useWorkspace();
  return (
    <ConfirmDialog
      danger
      title={t('block.title', { organisation: server })}
      text={t('block.text', { organisation: server })}
      confirm={t('block.confirm')}
      onClose={onClose}
      onConfirm={async () => {
        await setBlocked(client, server, true);
        say(t('block.done', { organisation: server }));
      }}
    />
  );
}
