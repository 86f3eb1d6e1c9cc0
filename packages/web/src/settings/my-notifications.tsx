import { type IPushRule, PushRuleKind, RuleId } from 'matrix-js-sdk';
import { useEffect, useState } from 'react';
import { CheckRow } from '../controls/check-row.tsx';
import { browserNotifications, switchBrowserNotifications } from '../frame/browser-notifications.ts';
import { useObservable } from '../frame/observable.ts';
import { t } from '../i18n/translate.ts';
import { useWorkspace } from '../session/workspace-session.ts';
import { SettingGroup, useSaving } from './saving.tsx';

/** Which of the specification's rules are offered, each in words. */
const RULES = [
  { id: RuleId.DM, kind: PushRuleKind.Underride, label: 'notifications.direct' },
  { id: RuleId.Message, kind: PushRuleKind.Underride, label: 'notifications.channels' },
  { id: RuleId.IsUserMention, kind: PushRuleKind.Override, label: 'notifications.mentions' },
  { id: RuleId.IsRoomMention, kind: PushRuleKind.Override, label: 'notifications.room' },
  { id: RuleId.InviteToSelf, kind: PushRuleKind.Override, label: 'notifications.invitations' },
] as const;

type Known = { readonly [id: string]: IPushRule };

/** What one is told about, everywhere; rooms have their own choice. */
export function NotificationsSection() {
  const { client } = useWorkspace();
  const [rules, setRules] = useState<Known>({});
  const browser = useObservable(browserNotifications);
  const saving = useSaving();
  const browserSaving = useSaving();

  useEffect(() => {
    let current = true;
    client.getPushRules().then(
      ({ global }) => {
        const all = [...(global.override ?? []), ...(global.underride ?? [])];
        if (current) setRules(Object.fromEntries(all.map((rule) => [rule.rule_id, rule])));
      },
      (problem: unknown) => console.warn('The notification settings could not be loaded.', problem),
    );
    return () => {
      current = false;
    };
  }, [client]);

  const change = (rule: IPushRule, kind: PushRuleKind, enabled: boolean) =>
    saving.save(async () => {
      await client.setPushRuleEnabled('global', kind, rule.rule_id, enabled);
      setRules((old) => ({ ...old, [rule.rule_id]: { ...rule, enabled } }));
    });

  return (
    <>
      <SettingGroup title={t('notifications.about')} text={t('notifications.aboutText')} saving={saving}>
        <div>
          {RULES.map(({ id, kind, label }) => {
            const rule = rules[id];
            return rule ? (
              <CheckRow
                key={id}
                label={t(label)}
                checked={rule.enabled}
                disabled={saving.busy}
                onChange={(enabled) => void change(rule, kind, enabled)}
              />
            ) : null;
          })}
        </div>
      </SettingGroup>
      {'Notification' in window ? (
        <SettingGroup title={t('notifications.browser')} saving={browserSaving}>
          <CheckRow
            label={t('notifications.browserLabel')}
            text={t('notifications.browserText')}
            checked={browser}
            disabled={browserSaving.busy}
            onChange={(on) => void browserSaving.save(() => switchBrowserNotifications(on))}
          />
        </SettingGroup>
      ) : null}
    </>
  );
}
