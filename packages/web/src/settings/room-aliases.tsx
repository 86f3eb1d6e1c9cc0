import { EventType, type Room } from 'matrix-js-sdk';
import { useCallback, useEffect, useState } from 'react';
import { Button } from '../controls/button.tsx';
import { Field } from '../controls/field.tsx';
import { t } from '../i18n/translate.ts';
import { text } from '../session/matrix-request.ts';
import { describeProblem } from '../session/problem.ts';
import { useWorkspace } from '../session/workspace-session.ts';
import { putState, useRoomState, useStateRefusal } from './room-state.ts';
import { SettingGroup, useSaving } from './saving.tsx';

const LOCALPART = /^[^\s:#]{1,200}$/;

/** The addresses that lead to this room; one of them is the one it is known by. */
export function AliasGroup({ room }: { room: Room }) {
  const { client, serverName } = useWorkspace();
  const refusal = useStateRefusal(room, EventType.RoomCanonicalAlias);
  const content = useRoomState(room, EventType.RoomCanonicalAlias);
  const main = text(content.alias);
  const [aliases, setAliases] = useState<readonly string[]>([]);
  const [typed, setTyped] = useState('');
  const [fault, setFault] = useState('');
  const saving = useSaving();

  const load = useCallback(
    () => client.getLocalAliases(room.roomId).then((answer) => setAliases(answer.aliases)),
    [client, room],
  );
  useEffect(() => {
    load().catch((problem: unknown) => setFault(describeProblem(problem)));
  }, [load]);

  function add() {
    const localpart = typed.trim().replace(/^#/, '').replace(`:${serverName}`, '');
    setFault(LOCALPART.test(localpart) ? '' : t('roomSettings.aliasFault'));
    if (!LOCALPART.test(localpart)) return;
    void saving.save(async () => {
      const alias = `#${localpart}:${serverName}`;
      await client.createAlias(alias, room.roomId);
      if (!main) await setMain(alias);
      setTyped('');
      await load();
    });
  }

  const setMain = (alias: string | undefined) =>
    putState(client, room.roomId, EventType.RoomCanonicalAlias, { ...content, alias: alias ?? null });

  const remove = (alias: string) =>
    saving.save(async () => {
      if (alias === main) await setMain(undefined);
      await client.deleteAlias(alias);
      await load();
    });

  return (
    <SettingGroup
      title={t('roomSettings.addresses')}
      refusal={refusal}
      saving={saving}
      onSave={add}
      saveLabel={t('roomSettings.addAlias')}
    >
      <ul aria-label={t('roomSettings.addresses')} className="flex flex-col gap-1 empty:hidden">
        {[...new Set([...(main ? [main] : []), ...aliases])].map((alias) => (
          <li key={alias} className="flex flex-wrap items-center gap-2">
            <span className="min-w-0 flex-1 [overflow-wrap:anywhere]">{alias}</span>
            {alias === main ? (
              <span className="text-xs text-ink-quiet">{t('roomSettings.mainAlias')}</span>
            ) : refusal ? null : (
              <Button variant="quiet" small onClick={() => void saving.save(() => setMain(alias))}>
                {t('roomSettings.makeMain')}
              </Button>
            )}
            {refusal || !aliases.includes(alias) ? null : (
              <Button
                variant="quiet"
                small
                aria-label={t('roomSettings.removeAlias', { alias })}
                disabled={saving.busy}
                onClick={() => void remove(alias)}
              >
                {t('action.remove')}
              </Button>
            )}
          </li>
        ))}
      </ul>
      {refusal ? null : (
        <Field
          label={t('roomSettings.newAlias')}
          prefix="#"
          hint={t('roomSettings.aliasHint', { server: serverName })}
          autoCapitalize="none"
          autoCorrect="off"
          spellCheck={false}
          value={typed}
          error={fault}
          onChange={(event) => setTyped(event.target.value)}
        />
      )}
    </SettingGroup>
  );
}
