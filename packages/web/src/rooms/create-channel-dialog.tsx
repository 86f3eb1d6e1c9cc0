import { Building2 } from 'lucide-react';
import { Preset, Visibility } from 'matrix-js-sdk';
import { type FormEvent, useState } from 'react';
import { Button } from '../controls/button.tsx';
import { ChoiceCard } from '../controls/choice-card.tsx';
import { Dialog } from '../controls/dialog.tsx';
import { Field } from '../controls/field.tsx';
import { Notice } from '../controls/notice.tsx';
import { useObservable } from '../frame/observable.ts';
import { goTo } from '../frame/route.ts';
import { t } from '../i18n/translate.ts';
import { federationRefusal } from '../session/federation-access.ts';
import { describeProblem } from '../session/problem.ts';
import { useWorkspace } from '../session/workspace-session.ts';
import { SharedMark } from './shared-mark.tsx';

export function CreateChannelDialog({ onClose }: { onClose: () => void }) {
  const workspace = useWorkspace();
  const me = useObservable(workspace.me);
  const refusal = federationRefusal(workspace.info, me);
  const [name, setName] = useState('');
  const [topic, setTopic] = useState('');
  const [shared, setShared] = useState(false);
  const [busy, setBusy] = useState(false);
  const [nameFault, setNameFault] = useState('');
  const [failure, setFailure] = useState('');

  async function submit(event: FormEvent) {
    event.preventDefault();
    const wanted = name.trim().replace(/^#\s*/, '');
    setNameFault(wanted ? '' : t('channel.nameMissing'));
    if (!wanted) return;
    setBusy(true);
    setFailure('');
    try {
      const { room_id: roomId } = await workspace.client.createRoom({
        name: wanted,
        preset: Preset.PrivateChat,
        visibility: Visibility.Private,
        ...(topic.trim() ? { topic: topic.trim() } : {}),
        ...(shared ? {} : { creation_content: { 'm.federate': false } }),
      });
      onClose();
      goTo({ screen: 'room', roomId });
    } catch (problem) {
      setFailure(describeProblem(problem));
      setBusy(false);
    }
  }

  return (
    <Dialog
      title={t('channel.createTitle')}
      onClose={onClose}
      footer={
        <>
          <Button variant="quiet" onClick={onClose}>
            {t('action.cancel')}
          </Button>
          <Button type="submit" form="create-channel" busy={busy}>
            {t('channel.createSubmit')}
          </Button>
        </>
      }
    >
      <form id="create-channel" className="flex flex-col gap-4" onSubmit={submit} noValidate>
        <Field
          label={t('channel.name')}
          prefix="#"
          autoFocus
          autoComplete="off"
          maxLength={120}
          value={name}
          error={nameFault}
          onChange={(event) => setName(event.target.value)}
        />
        <Field
          label={t('channel.topic')}
          autoComplete="off"
          maxLength={500}
          value={topic}
          onChange={(event) => setTopic(event.target.value)}
        />
        <div role="radiogroup" aria-label={t('channel.who')} className="flex flex-col gap-2">
          <ChoiceCard
            name="reach"
            checked={!shared}
            onChoose={() => setShared(false)}
            icon={<Building2 className="size-4 text-ink-soft" aria-hidden />}
            title={t('channel.local')}
            text={t('channel.localText', { workspace: workspace.info.name })}
          />
          <ChoiceCard
            name="reach"
            checked={shared}
            disabled={refusal !== undefined}
            onChoose={() => setShared(true)}
            icon={<SharedMark decorative className="text-ink-soft" />}
            title={t('channel.shared')}
            text={t('channel.sharedText')}
            reason={refusal}
          />
        </div>
        {failure ? <Notice kind="error">{t('channel.failed', { reason: failure })}</Notice> : null}
      </form>
    </Dialog>
  );
}
