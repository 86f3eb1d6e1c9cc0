import { useState } from 'react';
import { Button } from '../controls/button.tsx';
import { Notice } from '../controls/notice.tsx';
import { goTo } from '../frame/route.ts';
import { formatNames } from '../i18n/dates.ts';
import { t } from '../i18n/translate.ts';
import type { Person } from '../people/person.ts';
import { awaitRoom } from '../rooms/await-room.ts';
import { upgradeRoom } from '../rooms/upgrade-room.ts';
import { useFeature } from '../session/features.ts';
import { describeProblem } from '../session/problem.ts';
import { useWorkspace } from '../session/workspace-session.ts';
import { useAcceptedVersion } from './accepted-version.ts';
import { sendInvitation } from './send-invitation.ts';

type VersionRefusedProps = { roomId: string; people: readonly Person[]; onClose: () => void };

/** Somebody's server does not know the version of this room: which, and one click makes it anew in one it knows. */
export function VersionRefused({ roomId, people, onClose }: VersionRefusedProps) {
  const { client, rooms } = useWorkspace();
  const upgradable = useFeature('upgrade');
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState('');
  const room = client.getRoom(roomId);
  const servers = [...new Set(people.map((person) => person.organisation))];
  const names = { count: servers.length, servers: formatNames(servers) };
  const accepted = useAcceptedVersion(roomId, servers);
  const mayReplace =
    room?.currentState.maySendStateEvent('m.room.tombstone', client.getSafeUserId()) ?? false;

  async function makeAnew(version: string) {
    setBusy(true);
    setFailure('');
    try {
      const made = await upgradeRoom(client, roomId, { version });
      await Promise.all(
        people.map(({ userId }) =>
          sendInvitation(client, { roomId: made, userId, note: '', expiresInMs: undefined }),
        ),
      );
      await awaitRoom(rooms, made);
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
        {t('invite.versionRefused', { ...names, version: room?.getVersion() ?? '' })}
      </p>
      {upgradable && mayReplace ? (
        <div aria-live="polite" className="pt-1">
          {accepted.kind === 'asking' ? (
            <p className="text-sm text-ink-soft">{t('invite.versionAsking', names)}</p>
          ) : null}
          {accepted.kind === 'none' ? (
            <p className="text-sm text-ink-soft">{t('invite.versionNone', names)}</p>
          ) : null}
          {accepted.kind === 'failed' ? (
            <p className="text-sm text-ink-soft">{t('invite.versionUnknown', { ...names, ...accepted })}</p>
          ) : null}
          {accepted.kind === 'found' ? (
            <>
              <p className="pb-2 text-sm text-ink-soft">
                {t('invite.versionHelp', { ...names, ...accepted })}
              </p>
              <Button small busy={busy} onClick={() => void makeAnew(accepted.version)}>
                {t('invite.makeAnew', { version: accepted.version })}
              </Button>
            </>
          ) : null}
        </div>
      ) : (
        <p className="text-sm text-ink-soft">{t('invite.versionMayNot')}</p>
      )}
      {failure ? <p className="pt-2 text-sm text-danger">{failure}</p> : null}
    </Notice>
  );
}
