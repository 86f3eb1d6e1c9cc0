import { EventType, type Room } from 'matrix-js-sdk';
import { useState } from 'react';
import { CheckRow } from '../controls/check-row.tsx';
import { Notice } from '../controls/notice.tsx';
import { TextAreaField } from '../controls/text-area-field.tsx';
import { formatNames } from '../i18n/dates.ts';
import { t } from '../i18n/translate.ts';
import { organisationsOf } from '../people/organisation.ts';
import { useWorkspace } from '../session/workspace-session.ts';
import { putState, useRoomState, useStateRefusal } from './room-state.ts';
import { SettingGroup, useSaving } from './saving.tsx';
import { findAclFault, isAllowed, parsePatterns, readAcl, writeAcl } from './server-acl.ts';

/** Which organisations' servers may take part in the room. */
export function ServersSection({ room }: { room: Room }) {
  const { client, serverName } = useWorkspace();
  const refusal = useStateRefusal(room, EventType.RoomServerAcl);
  const before = readAcl(useRoomState(room, EventType.RoomServerAcl));
  const [allow, setAllow] = useState(before.allow.join('\n'));
  const [deny, setDeny] = useState(before.deny.join('\n'));
  const [literals, setLiterals] = useState(before.allowIpLiterals);
  const saving = useSaving();
  const wanted = { allow: parsePatterns(allow), deny: parsePatterns(deny), allowIpLiterals: literals };
  const fault = findAclFault(wanted, serverName);
  const shutOut = organisationsOf(
    room.getJoinedMembers().map(({ userId }) => userId),
    serverName,
  ).filter((server) => server !== serverName && !isAllowed(wanted, server));

  return (
    <SettingGroup
      text={t('acl.text')}
      refusal={refusal}
      saving={saving}
      onSave={() =>
        void (fault
          ? undefined
          : saving.save(() => putState(client, room.roomId, EventType.RoomServerAcl, writeAcl(wanted))))
      }
      unchanged={fault !== undefined || JSON.stringify(wanted) === JSON.stringify(before)}
    >
      <TextAreaField
        label={t('acl.allow')}
        hint={t('acl.hint')}
        rows={4}
        spellCheck={false}
        disabled={refusal !== undefined}
        value={allow}
        onChange={(event) => setAllow(event.target.value)}
      />
      <TextAreaField
        label={t('acl.deny')}
        rows={4}
        spellCheck={false}
        disabled={refusal !== undefined}
        value={deny}
        onChange={(event) => setDeny(event.target.value)}
      />
      <CheckRow
        label={t('acl.literals')}
        checked={literals}
        disabled={refusal !== undefined}
        onChange={setLiterals}
      />
      {fault ? (
        <Notice kind="error">
          {fault.kind === 'pattern'
            ? t('acl.faultPattern', { pattern: fault.pattern })
            : t('acl.faultLockedOut', { organisation: serverName })}
        </Notice>
      ) : null}
      {!fault && shutOut.length > 0 ? (
        <Notice kind="warning">
          {t('acl.shutOut', { count: shutOut.length, organisations: formatNames(shutOut) })}
        </Notice>
      ) : null}
    </SettingGroup>
  );
}
