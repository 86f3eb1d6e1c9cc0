import { useState } from 'react';
import { ConfirmDialog } from '../controls/confirm-dialog.tsx';
import { Field } from '../controls/field.tsx';
import { goTo } from '../frame/route.ts';
import { t } from '../i18n/translate.ts';
import { personIn } from '../people/person.ts';
import { useWorkspace } from '../session/workspace-session.ts';
import { previewOf } from '../timeline/quoted-message.tsx';

type Closable = { onClose: () => void };

export function ConfirmLeave({ roomId, onClose }: Closable & { roomId: string }) {
  const { client, rooms } = useWorkspace();
  const summary = rooms.get().find((room) => room.id === roomId);
  const name = summary?.name ?? '';
  const direct = summary?.kind === 'direct';
  return (
    <ConfirmDialog
      danger
      title={t(direct ? 'leave.directTitle' : 'leave.title', { name })}
      text={t(direct ? 'leave.directText' : 'leave.text', { name })}
      confirm={t('leave.confirm')}
      onClose={onClose}
      onConfirm={async () => {
        await client.leave(roomId);
        localStorage.removeItem('causeway.room');
        goTo({ screen: 'home' });
      }}
    />
  );
}

export function ConfirmDelete({ roomId, eventId, onClose }: Closable & { roomId: string; eventId: string }) {
  const { client } = useWorkspace();
  const room = client.getRoom(roomId);
  const event = room?.findEventById(eventId);
  const sender = event?.getSender();
  const mine = sender === client.getUserId();
  return (
    <ConfirmDialog
      danger
      title={t('delete.title')}
      text={
        mine || !room || !sender ? t('delete.own') : t('delete.other', { name: personIn(room, sender).name })
      }
      confirm={t('delete.confirm')}
      onClose={onClose}
      onConfirm={() => client.redactEvent(roomId, eventId)}
    >
      {event ? (
        <blockquote className="border-s-[3px] border-line ps-3 text-ink-soft [overflow-wrap:anywhere]">
          {previewOf(event.getContent())}
        </blockquote>
      ) : null}
    </ConfirmDialog>
  );
}

const WORDS = {
  kick: { title: 'remove.kickTitle', text: 'remove.kickText', confirm: 'members.kick' },
  ban: { title: 'remove.banTitle', text: 'remove.banText', confirm: 'members.ban' },
  unban: { title: 'remove.unbanTitle', text: 'remove.unbanText', confirm: 'members.unban' },
  revoke: { title: 'remove.revokeTitle', text: 'remove.revokeText', confirm: 'members.revoke' },
} as const;

type ConfirmRemoveProps = Closable & { act: keyof typeof WORDS; roomId: string; userId: string };

export function ConfirmRemove({ act, roomId, userId, onClose }: ConfirmRemoveProps) {
  const { client } = useWorkspace();
  const [reason, setReason] = useState('');
  const room = client.getRoom(roomId);
  const names = { name: room ? personIn(room, userId).name : userId, id: userId, room: room?.name ?? '' };
  const words = WORDS[act];
  const given = reason.trim() || undefined;
  return (
    <ConfirmDialog
      danger={act !== 'unban'}
      title={t(words.title, names)}
      text={t(words.text, names)}
      confirm={t(words.confirm)}
      onClose={onClose}
      onConfirm={() => {
        if (act === 'ban') return client.ban(roomId, userId, given);
        if (act === 'unban') return client.unban(roomId, userId);
        return client.kick(roomId, userId, given);
      }}
    >
      {act === 'kick' || act === 'ban' ? (
        <Field
          label={t('remove.reason')}
          autoComplete="off"
          maxLength={300}
          value={reason}
          onChange={(event) => setReason(event.target.value)}
        />
      ) : null}
    </ConfirmDialog>
  );
}
