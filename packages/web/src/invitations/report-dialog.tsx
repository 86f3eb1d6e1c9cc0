import { useState } from 'react';
import { ConfirmDialog } from '../controls/confirm-dialog.tsx';
import { TextAreaField } from '../controls/text-area-field.tsx';
import type { ReportSubject } from '../frame/dialogs.ts';
import { say } from '../frame/say.ts';
import { t } from '../i18n/translate.ts';
import { personIn } from '../people/person.ts';
import { request } from '../session/matrix-request.ts';
import { useWorkspace } from '../session/workspace-session.ts';
import { previewOf } from '../timeline/quoted-message.tsx';

const REASON_LENGTH = 1000;

function pathOf(about: ReportSubject): string {
  const part = encodeURIComponent;
  switch (about.kind) {
    case 'person':
      return `users/${part(about.userId)}/report`;
    case 'room':
      return `rooms/${part(about.roomId)}/report`;
    case 'message':
      return `rooms/${part(about.roomId)}/report/${part(about.eventId)}`;
  }
}

/** Tells the admins of this workspace about somebody, a room or a message. */
export function ReportDialog({ about, onClose }: { about: ReportSubject; onClose: () => void }) {
  const { client, session, rooms } = useWorkspace();
  const [reason, setReason] = useState('');
  const room = about.kind === 'person' ? undefined : client.getRoom(about.roomId);
  const event = about.kind === 'message' ? room?.findEventById(about.eventId) : undefined;
  const sender = event?.getSender();
  const titles = {
    person: () => t('report.title', { id: about.kind === 'person' ? about.userId : '' }),
    room: () =>
      t('report.roomTitle', { room: rooms.get().find(({ id }) => id === room?.roomId)?.name ?? '' }),
    message: () => t('report.messageTitle', { name: room && sender ? personIn(room, sender).name : '' }),
  };
  return (
    <ConfirmDialog
      title={titles[about.kind]()}
      text={t(about.kind === 'person' ? 'report.text' : 'report.textOther')}
      confirm={t('report.confirm')}
      onClose={onClose}
      onConfirm={async () => {
        await request(`/_matrix/client/v3/${pathOf(about)}`, {
          method: 'POST',
          accessToken: session.accessToken,
          body: { reason: reason.trim() },
        });
        say(t('report.done'));
      }}
    >
      {event ? (
        <blockquote className="border-s-[3px] border-line ps-3 text-ink-soft [overflow-wrap:anywhere]">
          {previewOf(event.getContent())}
        </blockquote>
      ) : null}
      <TextAreaField
        label={t('report.reason')}
        maxLength={REASON_LENGTH}
        value={reason}
        onChange={(changed) => setReason(changed.target.value)}
      />
    </ConfirmDialog>
  );
}
