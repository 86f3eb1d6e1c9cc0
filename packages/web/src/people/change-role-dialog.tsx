import { EventType } from 'matrix-js-sdk';
import { useState } from 'react';
import { ChoiceCard } from '../controls/choice-card.tsx';
import { ConfirmDialog } from '../controls/confirm-dialog.tsx';
import { Field } from '../controls/field.tsx';
import { Notice } from '../controls/notice.tsx';
import { t } from '../i18n/translate.ts';
import { useWorkspace } from '../session/workspace-session.ts';
import { personIn } from './person.ts';
import { MEMBER, MODERATOR, OWNER } from './power-level.ts';

const ROLES = [
  { level: OWNER, title: 'role.owner', text: 'role.ownerText' },
  { level: MODERATOR, title: 'role.moderator', text: 'role.moderatorText' },
  { level: MEMBER, title: 'role.member', text: 'role.memberText' },
] as const;

type ChangeRoleDialogProps = { roomId: string; userId: string; onClose: () => void };

/** The role of a member, or any level; warns before what cannot be undone. */
export function ChangeRoleDialog({ roomId, userId, onClose }: ChangeRoleDialogProps) {
  const { client } = useWorkspace();
  const room = client.getRoom(roomId);
  const myself = client.getSafeUserId();
  const mine = room?.getMember(myself)?.powerLevel ?? 0;
  const before = room?.getMember(userId)?.powerLevel ?? 0;
  const [level, setLevel] = useState(before);
  const [custom, setCustom] = useState(ROLES.every((role) => role.level !== before));
  const name = room ? personIn(room, userId).name : userId;
  const self = userId === myself;
  const warning =
    self && level < before ? t('role.warnSelf') : !self && level >= mine ? t('role.warnEqual', { name }) : '';

  async function save() {
    if (!Number.isInteger(level) || level > mine) throw new Error(t('role.levelFault', { level: mine }));
    const event = room?.currentState.getStateEvents(EventType.RoomPowerLevels, '');
    const content = event?.getContent() ?? {};
    await client.sendStateEvent(roomId, EventType.RoomPowerLevels, {
      ...content,
      users: { ...content.users, [userId]: level },
    });
  }

  return (
    <ConfirmDialog
      danger={warning !== ''}
      title={t('role.changeTitle', { name })}
      text={userId}
      confirm={t('role.changeConfirm')}
      onClose={onClose}
      onConfirm={save}
    >
      <div role="radiogroup" aria-label={t('role.label')} className="flex flex-col gap-2">
        {ROLES.map((role) => (
          <ChoiceCard
            key={role.level}
            name="role"
            title={t(role.title)}
            text={t(role.text)}
            checked={!custom && level === role.level}
            disabled={role.level > mine}
            reason={role.level > mine ? t('role.aboveYou') : undefined}
            onChoose={() => {
              setCustom(false);
              setLevel(role.level);
            }}
          />
        ))}
        <ChoiceCard
          name="role"
          title={t('role.custom')}
          text={t('role.customText')}
          checked={custom}
          onChoose={() => setCustom(true)}
        >
          <Field
            label={t('role.levelLabel')}
            type="number"
            max={Number.isFinite(mine) ? mine : undefined}
            value={String(level)}
            onChange={(event) => setLevel(Math.trunc(Number(event.target.value)))}
          />
        </ChoiceCard>
      </div>
      {warning ? <Notice kind="warning">{warning}</Notice> : null}
    </ConfirmDialog>
  );
}
