import { useState } from 'react';
import { ConfirmDialog } from '../controls/confirm-dialog.tsx';
import { TextAreaField } from '../controls/text-area-field.tsx';
import { formatNames } from '../i18n/dates.ts';
import { t } from '../i18n/translate.ts';
import { useWorkspace } from '../session/workspace-session.ts';
import { blockOrganisation, disconnectOrganisation, type OrganisationInFull } from './organisations-api.ts';

type BlockProps = {
  readonly one: OrganisationInFull;
  readonly onDone: (one: OrganisationInFull) => void;
  readonly onClose: () => void;
};

export function BlockDialog({ one, onDone, onClose }: BlockProps) {
  const { session } = useWorkspace();
  const organisation = one.serverName;
  return (
    <ConfirmDialog
      title={t('organisations.blockTitle', { organisation })}
      text={t('organisations.blockText', { organisation })}
      confirm={t('organisations.block')}
      danger
      onConfirm={async () => onDone(await blockOrganisation(session.accessToken, one, true))}
      onClose={onClose}
    />
  );
}

type DisconnectProps = {
  readonly one: OrganisationInFull;
  /** Told what happened, in words. */
  readonly onDone: (words: string) => void;
  readonly onClose: () => void;
};

/** Says what will happen and what will not, before it does. */
export function DisconnectDialog({ one, onDone, onClose }: DisconnectProps) {
  const { session } = useWorkspace();
  const [reason, setReason] = useState('');
  const organisation = one.serverName;
  const others = [...new Set(one.sharedRooms.flatMap((room) => room.others))];
  const words = [
    t('organisations.disconnectLeaves', { organisation, count: one.rooms }),
    ...(others.length === 0
      ? []
      : [t('organisations.disconnectOthers', { organisations: formatNames(others) })]),
    t('organisations.disconnectRefuses', { organisation }),
    t('organisations.disconnectKeeps', { organisation }),
    t('organisations.disconnectBack'),
  ];

  async function disconnect() {
    const left = await disconnectOrganisation(session.accessToken, one, reason.trim());
    const done = t('organisations.left', { rooms: left.rooms, people: left.people });
    onDone([done, ...left.failures].join(' '));
  }

  return (
    <ConfirmDialog
      title={t('organisations.disconnectTitle', { organisation })}
      text={
        <ul className="flex list-disc flex-col gap-1.5 ps-5">
          {words.map((sentence) => (
            <li key={sentence}>{sentence}</li>
          ))}
        </ul>
      }
      confirm={t('organisations.disconnect')}
      danger
      onConfirm={disconnect}
      onClose={onClose}
    >
      <TextAreaField
        label={t('organisations.disconnectReason')}
        value={reason}
        maxLength={500}
        onChange={(event) => setReason(event.target.value)}
      />
    </ConfirmDialog>
  );
}
