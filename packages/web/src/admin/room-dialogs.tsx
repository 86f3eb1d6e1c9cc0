import { useState } from 'react';
import { CheckRow } from '../controls/check-row.tsx';
import { ConfirmDialog } from '../controls/confirm-dialog.tsx';
import { Field } from '../controls/field.tsx';
import { FormDialog } from '../controls/form-dialog.tsx';
import { formatMoment } from '../i18n/dates.ts';
import { t } from '../i18n/translate.ts';
import { useWorkspace } from '../session/workspace-session.ts';
import { changeRetention, closeRoom, purgeRoom, type RoomAnswer, removeRoom } from './rooms-api.ts';

type DialogProps = {
  readonly room: RoomAnswer;
  readonly onChange: (room: RoomAnswer) => void;
  readonly onClose: () => void;
};

const DAY_MS = 86_400_000;
const MAX_DAYS = 36_500;

const nameOf = (room: RoomAnswer): string => (room.here ? room.name : room.roomId);

/** A whole number of days, or what is wrong with it. */
const readDays = (typed: string, least: number): number | undefined => {
  const days = /^\d{1,5}$/.test(typed.trim()) ? Number(typed) : Number.NaN;
  return days >= least && days <= MAX_DAYS ? days : undefined;
};

export function PurgeDialog({ room, onChange, onClose }: DialogProps) {
  const { session } = useWorkspace();
  const [days, setDays] = useState('365');
  const [error, setError] = useState('');
  const read = readDays(days, 0);
  const before = read === undefined ? undefined : Date.now() - read * DAY_MS;

  async function submit() {
    if (before === undefined) return;
    onChange(await purgeRoom(session.accessToken, room.roomId, before));
    onClose();
  }

  return (
    <FormDialog
      title={t('adminRooms.purgeTitle', { room: nameOf(room) })}
      description={t('adminRooms.purgeText')}
      confirm={t('adminRooms.purgeConfirm')}
      check={() => {
        setError(before === undefined ? t('adminRooms.daysWrong', { least: 0, most: MAX_DAYS }) : '');
        return before !== undefined;
      }}
      onSubmit={submit}
      failed={(reason) => reason}
      onClose={onClose}
    >
      <Field
        label={t('adminRooms.olderThan')}
        value={days}
        inputMode="numeric"
        error={error || undefined}
        hint={before === undefined ? undefined : t('adminRooms.untilWhen', { when: formatMoment(before) })}
        onChange={(event) => setDays(event.target.value)}
      />
    </FormDialog>
  );
}

export function RetentionDialog({ room, onChange, onClose }: DialogProps) {
  const { session } = useWorkspace();
  const now = room.here ? room.retentionDays : undefined;
  const [days, setDays] = useState(now === undefined ? '' : String(now));
  const [error, setError] = useState('');
  const read = days.trim() === '' ? null : readDays(days, 1);

  async function submit() {
    if (read === undefined) return;
    onChange(await changeRetention(session.accessToken, room.roomId, read));
    onClose();
  }

  return (
    <FormDialog
      title={t('adminRooms.retentionTitle', { room: nameOf(room) })}
      description={t('adminRooms.retentionText')}
      confirm={t('action.save')}
      check={() => {
        setError(read === undefined ? t('adminRooms.daysWrong', { least: 1, most: MAX_DAYS }) : '');
        return read !== undefined;
      }}
      onSubmit={submit}
      failed={(reason) => reason}
      onClose={onClose}
    >
      <Field
        label={t('adminRooms.retentionDays')}
        value={days}
        inputMode="numeric"
        hint={t('adminRooms.retentionHint')}
        error={error || undefined}
        onChange={(event) => setDays(event.target.value)}
      />
    </FormDialog>
  );
}

export function RemoveDialog({ room, onChange, onClose }: DialogProps) {
  const { session } = useWorkspace();
  const [reason, setReason] = useState('');
  const [block, setBlock] = useState(false);
  return (
    <ConfirmDialog
      title={t('adminRooms.removeTitle', { room: nameOf(room) })}
      text={t('adminRooms.removeText')}
      confirm={t('adminRooms.remove')}
      danger
      onConfirm={async () => onChange(await removeRoom(session.accessToken, room.roomId, { reason, block }))}
      onClose={onClose}
    >
      <Field
        label={t('adminRooms.reason')}
        hint={t('adminRooms.reasonHint')}
        value={reason}
        maxLength={500}
        onChange={(event) => setReason(event.target.value)}
      />
      <CheckRow checked={block} onChange={setBlock} label={t('adminRooms.blockToo')} />
    </ConfirmDialog>
  );
}

export function CloseDialog({ room, onChange, onClose }: DialogProps) {
  const { session } = useWorkspace();
  const [reason, setReason] = useState('');
  return (
    <ConfirmDialog
      title={t('adminRooms.closeTitle', { room: nameOf(room) })}
      text={t('adminRooms.closeText')}
      confirm={t('adminRooms.close')}
      onConfirm={async () =>
        onChange(await closeRoom(session.accessToken, room.roomId, { blocked: true, reason }))
      }
      onClose={onClose}
    >
      <Field
        label={t('adminRooms.reason')}
        value={reason}
        maxLength={500}
        onChange={(event) => setReason(event.target.value)}
      />
    </ConfirmDialog>
  );
}
