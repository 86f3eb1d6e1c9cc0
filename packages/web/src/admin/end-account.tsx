import { useState } from 'react';
import { Button } from '../controls/button.tsx';
import { CheckRow } from '../controls/check-row.tsx';
import { ConfirmDialog } from '../controls/confirm-dialog.tsx';
import { Notice } from '../controls/notice.tsx';
import { formatNames } from '../i18n/dates.ts';
import { t } from '../i18n/translate.ts';
import { useWorkspace } from '../session/workspace-session.ts';
import { endOrOpenAccount, type Person } from './people-api.ts';
import { Part, ProblemOf, type SectionProps } from './person-page.tsx';

type EndAccountProps = SectionProps & { readonly onChanged: (person: Person) => void };

/** Deactivating, erasing and opening again, with what happens to the rooms and to copies elsewhere. */
export function EndAccount({ person, busy, onChanged, change, problem }: EndAccountProps) {
  const { session } = useWorkspace();
  const [asking, setAsking] = useState<'deactivate' | 'erase'>();
  const active = person.state === 'active';
  return (
    <Part
      title={active ? t('accounts.endTitle') : t(`accounts.${person.state}`)}
      text={active ? t('accounts.endText') : t(`accounts.${person.state}Text`)}
    >
      <ProblemOf part="end" problem={problem} />
      {person.leaving ? (
        <Notice kind="info">{t('accounts.leaving', { count: person.rooms.joined })}</Notice>
      ) : null}
      <div className="flex flex-wrap gap-2">
        {active ? (
          <Button variant="danger" small onClick={() => setAsking('deactivate')}>
            {t('accounts.deactivate')}
          </Button>
        ) : null}
        {person.state === 'deactivated' ? (
          <>
            <Button
              variant="secondary"
              small
              busy={busy}
              onClick={() =>
                void change('end', () => endOrOpenAccount(session.accessToken, person, 'reactivation'))
              }
            >
              {t('accounts.reactivate')}
            </Button>
            <Button variant="danger" small onClick={() => setAsking('erase')}>
              {t('accounts.erase')}
            </Button>
          </>
        ) : null}
      </div>
      {asking ? (
        <EndDialog
          person={person}
          erasing={asking === 'erase'}
          onChanged={onChanged}
          onClose={() => setAsking(undefined)}
        />
      ) : null}
    </Part>
  );
}

type EndDialogProps = {
  readonly person: Person;
  /** The account has ended already. */
  readonly erasing: boolean;
  readonly onChanged: (person: Person) => void;
  readonly onClose: () => void;
};

function EndDialog({ person, erasing, onChanged, onClose }: EndDialogProps) {
  const { session } = useWorkspace();
  const [erase, setErase] = useState(erasing);
  const { joined, shared, organisations } = person.rooms;
  return (
    <ConfirmDialog
      danger
      title={t(erasing ? 'accounts.eraseAsk' : 'accounts.deactivateAsk', { user: person.userId })}
      text={erasing ? t('accounts.eraseAskText') : t('accounts.deactivateAskText', { count: joined })}
      confirm={erase ? t('accounts.erase') : t('accounts.deactivate')}
      onConfirm={async () =>
        onChanged(await endOrOpenAccount(session.accessToken, person, 'deactivation', { erase }))
      }
      onClose={onClose}
    >
      {shared > 0 ? (
        <p className="text-ink-soft">
          {t('accounts.sharedRooms', { count: shared, organisations: formatNames(organisations) })}
        </p>
      ) : null}
      {erasing ? null : (
        <CheckRow
          label={t('accounts.alsoErase')}
          text={t('accounts.alsoEraseText')}
          checked={erase}
          onChange={setErase}
        />
      )}
      {erase ? <Notice kind="warning">{t('accounts.remoteCopies')}</Notice> : null}
    </ConfirmDialog>
  );
}
