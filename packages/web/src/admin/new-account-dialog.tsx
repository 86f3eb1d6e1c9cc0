import { useState } from 'react';
import { Button } from '../controls/button.tsx';
import { Dialog } from '../controls/dialog.tsx';
import { Field } from '../controls/field.tsx';
import { FormDialog } from '../controls/form-dialog.tsx';
import { SelectField } from '../controls/select-field.tsx';
import { t } from '../i18n/translate.ts';
import { useWorkspace } from '../session/workspace-session.ts';
import { createPerson, type MadeLink } from './people-api.ts';
import { ShownLink } from './shown-link.tsx';
import { useRoles } from './use-roles.ts';

type Made = { readonly userId: string; readonly link: MadeLink | undefined };

/** Makes an account. Without a password the person gets a link to choose one. */
export function NewAccountDialog({ onMade, onClose }: { onMade: () => void; onClose: () => void }) {
  const { session, serverName } = useWorkspace();
  const [draft, setDraft] = useState({ username: '', displayName: '', role: 'user', password: '' });
  const [fault, setFault] = useState('');
  const [made, setMade] = useState<Made>();
  const roles = useRoles(draft.role);
  const change = (part: Partial<typeof draft>) => setDraft((old) => ({ ...old, ...part }));

  if (made) {
    return (
      <Dialog
        wide
        title={t('accounts.made', { user: made.userId })}
        onClose={onClose}
        footer={<Button onClick={onClose}>{t('action.done')}</Button>}
      >
        {made.link ? (
          <ShownLink label={t('accounts.passwordLink')} link={made.link} />
        ) : (
          <p className="text-ink-soft">{t('accounts.madeWithPassword')}</p>
        )}
      </Dialog>
    );
  }
  return (
    <FormDialog
      title={t('accounts.new')}
      confirm={t('accounts.make')}
      check={() => {
        setFault(draft.username === '' ? t('accounts.usernameMissing') : '');
        return draft.username !== '';
      }}
      onSubmit={async () => {
        setMade(await createPerson(session.accessToken, draft));
        onMade();
      }}
      failed={(reason) => reason}
      onClose={onClose}
    >
      <Field
        label={t('accounts.username')}
        value={draft.username}
        error={fault || undefined}
        hint={t('setup.usernameHint', { id: `@${draft.username || 'ada'}:${serverName}` })}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        onChange={(event) => change({ username: event.target.value.trim().toLowerCase() })}
      />
      <Field
        label={t('accounts.displayName')}
        value={draft.displayName}
        autoComplete="off"
        onChange={(event) => change({ displayName: event.target.value })}
      />
      <SelectField
        label={t('accounts.role')}
        value={draft.role}
        options={roles}
        onChoose={(role) => change({ role })}
      />
      <Field
        label={t('accounts.password')}
        hint={t('accounts.passwordHint')}
        type="password"
        autoComplete="new-password"
        value={draft.password}
        onChange={(event) => change({ password: event.target.value })}
      />
    </FormDialog>
  );
}
