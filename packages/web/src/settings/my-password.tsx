import { useState } from 'react';
import { CheckRow } from '../controls/check-row.tsx';
import { Field } from '../controls/field.tsx';
import { t } from '../i18n/translate.ts';
import { errorCode } from '../session/problem.ts';
import { useWorkspace } from '../session/workspace-session.ts';
import { passwordAuth } from './password-auth.ts';
import { SettingGroup, useSaving } from './saving.tsx';
import { SHORTEST_PASSWORD } from '../session/shortest-password.ts';

/** The own password, by the old one. */
export function PasswordSection() {
  const { client, session } = useWorkspace();
  const [old, setOld] = useState('');
  const [wanted, setWanted] = useState('');
  const [again, setAgain] = useState('');
  const [others, setOthers] = useState(true);
  const [fault, setFault] = useState<{
    readonly field: 'old' | 'wanted' | 'again';
    readonly words: string;
  }>();
  const saving = useSaving();
  const faultOf = (field: 'old' | 'wanted' | 'again') => (fault?.field === field ? fault.words : undefined);

  function submit() {
    if (!old) return setFault({ field: 'old', words: t('password.oldMissing') });
    if (wanted.length < SHORTEST_PASSWORD)
      return setFault({ field: 'wanted', words: t('setup.faultPassword', { count: SHORTEST_PASSWORD }) });
    if (wanted !== again) return setFault({ field: 'again', words: t('password.different') });
    setFault(undefined);
    void saving.save(async () => {
      try {
        await client.setPassword(passwordAuth(session.userId, old), wanted, others);
      } catch (problem) {
        if (errorCode(problem) !== 'M_FORBIDDEN') throw problem;
        throw new Error(t('password.oldWrong'));
      }
      setOld('');
      setWanted('');
      setAgain('');
    });
  }

  return (
    <SettingGroup saving={saving} onSave={submit} saveLabel={t('password.change')}>
      <Field
        label={t('password.old')}
        type="password"
        autoComplete="current-password"
        value={old}
        error={faultOf('old')}
        onChange={(event) => setOld(event.target.value)}
      />
      <Field
        label={t('password.new')}
        type="password"
        autoComplete="new-password"
        value={wanted}
        error={faultOf('wanted')}
        onChange={(event) => setWanted(event.target.value)}
      />
      <Field
        label={t('password.again')}
        type="password"
        autoComplete="new-password"
        value={again}
        error={faultOf('again')}
        onChange={(event) => setAgain(event.target.value)}
      />
      <CheckRow label={t('password.others')} checked={others} onChange={setOthers} />
    </SettingGroup>
  );
}
