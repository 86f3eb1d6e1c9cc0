import { Building2 } from 'lucide-react';
import { Preset, Visibility } from 'matrix-js-sdk';
import { useState } from 'react';
import { ChoiceCard } from '../controls/choice-card.tsx';
import { Field } from '../controls/field.tsx';
import { FormDialog } from '../controls/form-dialog.tsx';
import { useObservable } from '../frame/observable.ts';
import { goTo } from '../frame/route.ts';
import { t } from '../i18n/translate.ts';
import { federationRefusal } from '../session/federation-access.ts';
import { useWorkspace } from '../session/workspace-session.ts';
import { SharedMark } from './shared-mark.tsx';

export function CreateChannelDialog({ onClose }: { onClose: () => void }) {
  const workspace = useWorkspace();
  const me = useObservable(workspace.me);
  const refusal = federationRefusal(workspace.info, me);
  const [name, setName] = useState('');
  const [topic, setTopic] = useState('');
  const [shared, setShared] = useState(false);
  const [nameFault, setNameFault] = useState('');
  const wanted = name.trim().replace(/^#\s*/, '');

  async function create() {
    const { room_id: roomId } = await workspace.client.createRoom({
      name: wanted,
      preset: Preset.PrivateChat,
      visibility: Visibility.Private,
      ...(topic.trim() ? { topic: topic.trim() } : {}),
      ...(shared ? {} : { creation_content: { 'm.federate': false } }),
    });
    onClose();
    goTo({ screen: 'room', roomId });
  }

  return (
    <FormDialog
      title={t('channel.createTitle')}
      confirm={t('channel.createSubmit')}
      failed={(reason) => t('channel.failed', { reason })}
      check={() => {
        setNameFault(wanted ? '' : t('channel.nameMissing'));
        return wanted !== '';
      }}
      onSubmit={create}
      onClose={onClose}
    >
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
    </FormDialog>
  );
}
