import { Trash2 } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { Button } from '../controls/button.tsx';
import { Field, INPUT_STYLE } from '../controls/field.tsx';
import { IconButton } from '../controls/icon-button.tsx';
import { Notice } from '../controls/notice.tsx';
import { t } from '../i18n/translate.ts';
import { describeProblem, errorCode } from '../session/problem.ts';
import { useWorkspace } from '../session/workspace-session.ts';
import { changeRole, fetchRoles, type Matrix, type Right, type RoleRow, removeRole } from './admin-api.ts';
import { changedInWords } from './setting-row.tsx';
import { Loading } from './settings-page.tsx';
import { useAnswer } from './use-answer.ts';

const NAMES = {
  'access-federation': 'admin.accessFederation',
  'create-federated-room': 'admin.createFederatedRoom',
  'invite-outsiders': 'admin.inviteOutsiders',
  'accept-invitations': 'admin.acceptInvitations',
  'direct-messages': 'admin.directMessages',
} as const;

const nameOf = (permission: string): string =>
  permission in NAMES ? t(NAMES[permission as keyof typeof NAMES]) : permission;

/** Who may do what, by role. */
export function PermissionsPage() {
  const { session } = useWorkspace();
  const { value, failure, set, again } = useAnswer(fetchRoles);
  const [problem, setProblem] = useState('');

  async function change(work: () => Promise<Matrix>) {
    setProblem('');
    try {
      set(await work());
    } catch (thrown) {
      setProblem(describeProblem(thrown));
      if (errorCode(thrown) === 'M_CONFLICT') again();
    }
  }

  if (!value) return failure ? <Notice kind="error">{failure}</Notice> : <Loading />;
  const put = (role: Pick<RoleRow, 'role' | 'version'>, rights: Parameters<typeof changeRole>[2]) =>
    change(() => changeRole(session.accessToken, role, rights));
  return (
    <div className="flex flex-col gap-5">
      <p className="max-w-[70ch] text-ink-soft">{t('admin.permissionsText')}</p>
      {problem || failure ? <Notice kind="error">{problem || failure}</Notice> : null}
      <ul className="flex flex-col gap-4">
        {value.roles.map((role) => (
          <li key={role.role} className="flex flex-col gap-1 border-t border-line pt-4">
            <div className="flex flex-wrap items-center gap-x-3">
              <h2 className={`font-semibold ${role.builtIn ? 'first-letter:uppercase' : ''}`}>{role.role}</h2>
              <span className="text-sm text-ink-quiet">{t('admin.people', { count: role.people })}</span>
              <span className="text-sm text-ink-quiet">
                {role.fixed ? t('admin.fixed') : changedInWords(role.changed)}
              </span>
              {role.builtIn ? null : (
                <IconButton
                  label={t('admin.removeRole', { role: role.role })}
                  onClick={() => void change(() => removeRole(session.accessToken, role.role))}
                >
                  <Trash2 className="size-4" />
                </IconButton>
              )}
            </div>
            {value.permissions.map((permission) => (
              <RightRow
                // What is typed stays when another right changes.
                key={`${permission.name} ${role.rights.get(permission.name)?.domains.join(' ') ?? ''}`}
                role={role}
                permission={permission}
                right={role.rights.get(permission.name) ?? { held: false, domains: [] }}
                onChange={(right) => void put(role, { [permission.name]: right })}
              />
            ))}
          </li>
        ))}
      </ul>
      <NewRole onMake={(role) => void put({ role, version: 0 }, {})} />
    </div>
  );
}

type RightRowProps = {
  readonly role: RoleRow;
  readonly permission: { readonly name: string; readonly limitable: boolean };
  readonly right: Right;
  readonly onChange: (right: Right) => void;
};

function RightRow({ role, permission, right, onChange }: RightRowProps) {
  const [domains, setDomains] = useState(right.domains.join(', '));
  const name = nameOf(permission.name);
  const listed = domains.split(/[\s,]+/).filter((one) => one !== '');
  const unchanged = listed.join(' ') === right.domains.join(' ');
  return (
    <div className="flex flex-wrap items-center gap-x-4 gap-y-1 py-1">
      <label className="flex min-w-[260px] flex-1 items-start gap-3">
        <input
          type="checkbox"
          checked={right.held}
          disabled={role.fixed}
          aria-label={t('admin.rightOf', { role: role.role, permission: name })}
          onChange={(event) => onChange({ held: event.target.checked, domains: right.domains })}
          className="mt-0.5 size-4 shrink-0 accent-accent"
        />
        {name}
      </label>
      {permission.limitable && right.held && !role.fixed ? (
        <form
          noValidate
          className="flex items-center gap-2 max-pane:ps-7"
          onSubmit={(event) => {
            event.preventDefault();
            onChange({ held: true, domains: listed });
          }}
        >
          <input
            value={domains}
            aria-label={t('admin.onlyTowards', { role: role.role, permission: name })}
            placeholder={t('admin.allOrganisations')}
            autoCapitalize="none"
            spellCheck={false}
            onChange={(event) => setDomains(event.target.value)}
            className={`h-8 max-w-[210px] text-sm ${INPUT_STYLE}`}
          />
          {unchanged ? null : (
            <Button type="submit" variant="secondary" small>
              {t('action.save')}
            </Button>
          )}
        </form>
      ) : null}
    </div>
  );
}

function NewRole({ onMake }: { onMake: (role: string) => void }) {
  const [name, setName] = useState('');
  function submit(event: FormEvent) {
    event.preventDefault();
    onMake(name.trim());
    setName('');
  }
  return (
    <form noValidate onSubmit={submit} className="flex flex-wrap items-end gap-2 border-t border-line pt-4">
      <Field
        label={t('admin.newRole')}
        value={name}
        autoCapitalize="none"
        spellCheck={false}
        onChange={(event) => setName(event.target.value)}
      />
      <Button type="submit" variant="secondary" disabled={name.trim() === ''}>
        {t('admin.makeRole')}
      </Button>
    </form>
  );
}
