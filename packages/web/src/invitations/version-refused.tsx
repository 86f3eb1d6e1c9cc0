import { useState } from 'react';
import { Button } from '../controls/button.tsx';
import { Notice } from '../controls/notice.tsx';
import { goTo } from '../frame/route.ts';
import { formatNames } from '../i18n/dates.ts';
import { t } from '../i18n/translate.ts';
import type { Person } from '../people/person.ts';
import { upgradeRoom } from '../rooms/upgrade-room.ts';
import { useFeature } from '../session/features.ts';
import { describeProblem } from '../session/problem.ts';
import { useWorkspace } from '../session/workspace-session.ts';
import { olderVersion, sendInvitation } from './send-invitation.ts';

type VersionRefusedProps = { roomId: string; people: readonly Person[]; onClose: () => void };

/** Somebody's server does not know the version of this room: which, and one click makes it anew in an older one. */
export function VersionRefused({ roomId, people, onClose }: VersionRefusedProps) {
  const { client } = useWorkspace();
  const upgradable = useFeature('upgrade');
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState('');
  const version = client.getRoom(roomId)?.getVersion() ?? '';
  const older = olderVersion(version);
  const servers = [...new Set(people.map((person) => person.organisation))];

  async function makeAnew() {
    setBusy(true);
    setFailure('');
    try {
      const made = await upgradeRoom(client, roomId, { version: older ?? '' });
      await Promise.all(
        people.map(({ userId }) =>
          sendInvitation(client, { roomId: made, userId, note: '', expiresInMs: undefined }),
        ),
      );
      onClose();
      goTo({ screen: 'room', roomId: made });
    } catch (problem) {
      setFailure(describeProblem(problem));
      setBusy(false);
    }
  }

  return (
    <Notice kind="warning">
      <p className="font-medium">
        {t('invite.versionRefused', { count: servers.length, servers: formatNames(servers), version })}
      </p>
      {older && upgradable ? (
        <>
          <p className="pb-2 text-sm text-ink-soft">{t('invite.versionHelp', { version: older })}</p>
          <Button small busy={busy} onClick={() => void makeAnew()}>
            {t('invite.makeAnew', { version: older })}
          </Button>
        </>
      ) : null}
      {failure ? <p className="pt-2 text-sm text-danger">{failure}</p> : null}
    </Notice>
  );
}
