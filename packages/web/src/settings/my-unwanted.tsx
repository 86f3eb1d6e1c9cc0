import { ClientEvent } from 'matrix-js-sdk';
import { useEffect, useState } from 'react';
import { Button } from '../controls/button.tsx';
import { Field } from '../controls/field.tsx';
import { t } from '../i18n/translate.ts';
import { blockedServersOf, setBlocked, setIgnored } from '../people/blocked-servers.ts';
import { isUserId } from '../people/organisation.ts';
import { useWorkspace } from '../session/workspace-session.ts';
import { SettingGroup, useSaving } from './saving.tsx';

const SERVER_NAME = /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?$/;

/** People whom one ignores, and organisations that one has blocked. */
export function UnwantedSection() {
  const { client, serverName } = useWorkspace();
  const [, setVersion] = useState(0);
  useEffect(() => {
    const update = () => setVersion((version) => version + 1);
    client.on(ClientEvent.AccountData, update);
    return () => void client.off(ClientEvent.AccountData, update);
  }, [client]);
  return (
    <>
      <UnwantedList
        title={t('unwanted.people')}
        text={t('unwanted.peopleText')}
        empty={t('unwanted.noPeople')}
        label={t('unwanted.personLabel')}
        placeholder="@person:example.org"
        entries={client.getIgnoredUsers()}
        faultOf={(entry) =>
          isUserId(entry) && entry !== client.getUserId() ? undefined : t('unwanted.personFault')
        }
        change={(entry, unwanted) => setIgnored(client, entry, unwanted)}
      />
      <UnwantedList
        title={t('unwanted.organisations')}
        text={t('unwanted.organisationsText')}
        empty={t('unwanted.noOrganisations')}
        label={t('unwanted.organisationLabel')}
        placeholder="example.org"
        entries={blockedServersOf(client)}
        faultOf={(entry) =>
          SERVER_NAME.test(entry) && entry !== serverName ? undefined : t('unwanted.organisationFault')
        }
        change={(entry, unwanted) => setBlocked(client, entry, unwanted)}
      />
    </>
  );
}

type UnwantedListProps = {
  title: string;
  text: string;
  empty: string;
  label: string;
  placeholder: string;
  entries: readonly string[];
  faultOf: (entry: string) => string | undefined;
  change: (entry: string, unwanted: boolean) => Promise<void>;
};

function UnwantedList(props: UnwantedListProps) {
  const [typed, setTyped] = useState('');
  const [fault, setFault] = useState<string>();
  const saving = useSaving();

  function add() {
    const entry = typed.trim().toLowerCase();
    const found = props.faultOf(entry);
    setFault(found);
    if (found) return;
    void saving.save(async () => {
      await props.change(entry, true);
      setTyped('');
    });
  }

  return (
    <SettingGroup
      title={props.title}
      text={props.text}
      saving={saving}
      onSave={add}
      saveLabel={t('unwanted.add')}
      unchanged={!typed.trim()}
    >
      {props.entries.length === 0 ? <p className="text-sm text-ink-quiet">{props.empty}</p> : null}
      <ul aria-label={props.title} className="flex flex-col gap-1">
        {props.entries.map((entry) => (
          <li key={entry} className="flex items-center gap-2">
            <span className="min-w-0 flex-1 [overflow-wrap:anywhere]">{entry}</span>
            <Button
              variant="secondary"
              small
              aria-label={t('unwanted.remove', { entry })}
              disabled={saving.busy}
              onClick={() => void saving.save(() => props.change(entry, false))}
            >
              {t('action.remove')}
            </Button>
          </li>
        ))}
      </ul>
      <Field
        label={props.label}
        placeholder={props.placeholder}
        autoCapitalize="none"
        autoCorrect="off"
        spellCheck={false}
        value={typed}
        error={fault}
        onChange={(event) => setTyped(event.target.value)}
      />
    </SettingGroup>
  );
}
