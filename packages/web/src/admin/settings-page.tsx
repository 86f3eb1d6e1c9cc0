import { Notice } from '../controls/notice.tsx';
import { t } from '../i18n/translate.ts';
import { type AdminSetting, fetchSettings } from './admin-api.ts';
import { SettingRow } from './setting-row.tsx';
import { SigningKeyRow } from './signing-key-row.tsx';
import { useAnswer } from './use-answer.ts';

const GROUPS = {
  federation: 'admin.groupFederation',
  ephemeral: 'admin.groupEphemeral',
  joining: 'admin.groupJoining',
  people: 'admin.groupPeople',
  rooms: 'admin.groupRooms',
  media: 'admin.groupMedia',
} as const;

type Group = keyof typeof GROUPS;
const groups = Object.keys(GROUPS).filter((key): key is Group => key in GROUPS);

/** All settings of the workspace, each with its control and who changed it. */
export function SettingsPage() {
  const { value, failure, set, again } = useAnswer(fetchSettings);
  if (!value) return failure ? <Notice kind="error">{failure}</Notice> : <Loading />;
  const inGroup = (group: Group): readonly AdminSetting[] =>
    value.settings.filter((setting) => setting.group === group);
  return (
    <div className="flex flex-col gap-8">
      {failure ? <Notice kind="error">{failure}</Notice> : null}
      {groups.map((group) => (
        <section key={group} className="flex flex-col" aria-label={t(GROUPS[group])}>
          <h2 className="pb-2 font-semibold">{t(GROUPS[group])}</h2>
          {group === 'federation' ? <ServerName name={value.serverName} /> : null}
          {inGroup(group).map((setting) => (
            <SettingRow key={setting.key} setting={setting} onChanged={set} onConflict={again} />
          ))}
          {group === 'federation' ? <SigningKeyRow /> : null}
        </section>
      ))}
    </div>
  );
}

function ServerName({ name }: { name: string }) {
  return (
    <div className="flex flex-wrap items-start gap-x-6 gap-y-2 border-t border-line py-4">
      <div className="min-w-[240px] flex-1">
        <p className="font-medium">{t('admin.serverName')}</p>
        <p className="text-sm text-ink-soft">{t('admin.serverNameFixed')}</p>
      </div>
      <code className="text-ink [overflow-wrap:anywhere]">{name}</code>
    </div>
  );
}

export function Loading() {
  return (
    <p role="status" className="text-ink-soft">
      {t('admin.loading')}
    </p>
  );
}
