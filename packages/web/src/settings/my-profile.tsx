import { useState } from 'react';
import { Field } from '../controls/field.tsx';
import { t } from '../i18n/translate.ts';
import { Avatar } from '../people/avatar.tsx';
import { useOwnProfile } from '../people/own-profile.ts';
import { useWorkspace } from '../session/workspace-session.ts';
import { PictureChooser } from './picture-chooser.tsx';
import { SettingGroup, useSaving } from './saving.tsx';

const NAME_LENGTH = 100;

/** The name and the picture that others see. */
export function ProfileSection() {
  const { client, session } = useWorkspace();
  const { name: before, avatar } = useOwnProfile();
  const [name, setName] = useState(before);
  const [fault, setFault] = useState('');
  const saving = useSaving();

  function submit() {
    setFault(name.trim() ? '' : t('profile.nameMissing'));
    if (name.trim()) void saving.save(() => client.setDisplayName(name.trim()));
  }

  return (
    <>
      <PictureChooser
        label={t('profile.picture')}
        picture={<Avatar userId={session.userId} name={before} avatar={avatar} size={48} />}
        chosen={Boolean(avatar)}
        onChange={(mxc) => client.setAvatarUrl(mxc ?? '')}
      />
      <SettingGroup saving={saving} onSave={submit} unchanged={name.trim() === before}>
        <Field
          label={t('profile.name')}
          hint={t('profile.nameHint')}
          maxLength={NAME_LENGTH}
          value={name}
          error={fault}
          onChange={(event) => setName(event.target.value)}
        />
      </SettingGroup>
      <SettingGroup>
        <dl className="[overflow-wrap:anywhere]">
          <dt className="text-sm text-ink-quiet">{t('profile.id')}</dt>
          <dd>{session.userId}</dd>
        </dl>
      </SettingGroup>
    </>
  );
}
