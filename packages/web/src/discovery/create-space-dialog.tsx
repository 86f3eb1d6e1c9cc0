import { EventType, Preset, RoomType, Visibility } from 'matrix-js-sdk';
import { type FormEvent, useState } from 'react';
import { Button } from '../controls/button.tsx';
import { CheckRow } from '../controls/check-row.tsx';
import { Dialog } from '../controls/dialog.tsx';
import { Field } from '../controls/field.tsx';
import { Notice } from '../controls/notice.tsx';
import { useObservable } from '../frame/observable.ts';
import { goTo } from '../frame/route.ts';
import { t } from '../i18n/translate.ts';
import { awaitRoom } from '../rooms/await-room.ts';
import { federationRefusal } from '../session/federation-access.ts';
import { describeProblem } from '../session/problem.ts';
import { useWorkspace } from '../session/workspace-session.ts';

const NAME_LENGTH = 120;
/** Only rooms are added to it, nobody writes in it. */
const POWER_LEVELS = { events_default: 100 };

/** A space: a room that holds rooms. */
export function CreateSpaceDialog({ onClose }: { onClose: () => void }) {
  const { client, info, me, rooms } = useWorkspace();
  const refusal = federationRefusal(info, useObservable(me));
  const [name, setName] = useState('');
  const [shared, setShared] = useState(false);
  const [fault, setFault] = useState('');
  const [failure, setFailure] = useState('');
  const [busy, setBusy] = useState(false);

  async function submit(event: FormEvent) {
    event.preventDefault();
    setFault(name.trim() ? '' : t('space.nameMissing'));
    if (!name.trim()) return;
    setBusy(true);
    setFailure('');
    try {
      const { room_id: roomId } = await client.createRoom({
        name: name.trim(),
        preset: Preset.PrivateChat,
        visibility: shared ? Visibility.Public : Visibility.Private,
        creation_content: { type: RoomType.Space, ...(shared ? {} : { 'm.federate': false }) },
        power_level_content_override: POWER_LEVELS,
        ...(shared
          ? {
              initial_state: [
                { type: EventType.RoomJoinRules, state_key: '', content: { join_rule: 'public' } },
              ],
            }
          : {}),
      });
      await awaitRoom(rooms, roomId);
      onClose();
      goTo({ screen: 'room', roomId });
    } catch (problem) {
      setFailure(describeProblem(problem));
      setBusy(false);
    }
  }

  return (
    <Dialog
      title={t('space.new')}
      description={t('space.text')}
      onClose={onClose}
      footer={
        <>
          <Button variant="quiet" onClick={onClose}>
            {t('action.cancel')}
          </Button>
          <Button type="submit" form="create-space" busy={busy}>
            {t('space.create')}
          </Button>
        </>
      }
    >
      <form id="create-space" className="flex flex-col gap-4" onSubmit={submit} noValidate>
        <Field
          label={t('channel.name')}
          autoFocus
          maxLength={NAME_LENGTH}
          value={name}
          error={fault}
          onChange={(event) => setName(event.target.value)}
        />
        <CheckRow
          label={t('space.shared')}
          text={refusal ?? t('space.sharedText')}
          checked={shared}
          disabled={refusal !== undefined}
          onChange={setShared}
        />
        {failure ? <Notice kind="error">{t('space.createFailed', { reason: failure })}</Notice> : null}
      </form>
    </Dialog>
  );
}
