import { CheckRow } from '../controls/check-row.tsx';
import { t } from '../i18n/translate.ts';
import { setPrivacy, usePrivacy } from '../people/privacy.ts';
import { useWorkspace } from '../session/workspace-session.ts';
import { SettingGroup, useSaving } from './saving.tsx';

/** What others learn of one's doings. */
export function PrivacySection() {
  const { client } = useWorkspace();
  const privacy = usePrivacy();
  const saving = useSaving();
  return (
    <SettingGroup saving={saving}>
      <CheckRow
        label={t('privacy.receipts')}
        text={t('privacy.receiptsText')}
        checked={privacy.privateReceipts}
        disabled={saving.busy}
        onChange={(privateReceipts) =>
          void saving.save(() => setPrivacy(client, { ...privacy, privateReceipts }))
        }
      />
      <CheckRow
        label={t('privacy.invisible')}
        text={t('privacy.invisibleText')}
        checked={privacy.invisible}
        disabled={saving.busy}
        onChange={(invisible) => void saving.save(() => setPrivacy(client, { ...privacy, invisible }))}
      />
    </SettingGroup>
  );
}
