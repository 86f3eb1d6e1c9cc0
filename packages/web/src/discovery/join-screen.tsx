import { Hash, LoaderCircle } from 'lucide-react';
import { EventType } from 'matrix-js-sdk';
import { useRef, useState } from 'react';
import { Button } from '../controls/button.tsx';
import { Notice } from '../controls/notice.tsx';
import { TextAreaField } from '../controls/text-area-field.tsx';
import { useSlow } from '../controls/use-slow.ts';
import { useObservable } from '../frame/observable.ts';
import { goTo } from '../frame/route.ts';
import { Screen } from '../frame/screen.tsx';
import { say } from '../frame/say.ts';
import { t } from '../i18n/translate.ts';
import { ImitationMark } from '../people/imitation-mark.tsx';
import { serverNameOf } from '../people/organisation.ts';
import { OrganisationBadge } from '../people/organisation-badge.tsx';
import { awaitRoom } from '../rooms/await-room.ts';
import { describeProblem, errorCode } from '../session/problem.ts';
import { useWorkspace } from '../session/workspace-session.ts';
import { useJoinProgress } from './join-progress.ts';
import { JoinProgressView } from './join-progress-view.tsx';
import type { RoomAddress } from './room-address.ts';

const NOTE_LENGTH = 300;

type Progress = 'idle' | 'joining' | 'asking';

/** One room that is to be joined: joins it, or asks its moderators where that is what it takes. */
export function JoinScreen({ address, via, ask }: RoomAddress & { ask: boolean }) {
  const { client, rooms, serverName } = useWorkspace();
  const list = useObservable(rooms);
  const [progress, setProgress] = useState<Progress>('idle');
  const [joiningId, setJoiningId] = useState<string>();
  const [failure, setFailure] = useState('');
  const [mayAsk, setMayAsk] = useState(ask);
  const [note, setNote] = useState('');
  const attempt = useRef(0);
  const slow = useSlow(progress !== 'idle');
  const steps = useJoinProgress(progress === 'joining' ? joiningId : undefined);
  const organisation = serverNameOf(address) || via[0] || '';
  const remote = organisation !== '' && organisation !== serverName;
  const known = list.find(
    (room) =>
      room.id === address ||
      client.getRoom(room.id)?.currentState.getStateEvents(EventType.RoomCanonicalAlias, '')?.getContent()
        .alias === address,
  );

  async function attemptTo(kind: 'joining' | 'asking', act: () => Promise<void>) {
    const mine = ++attempt.current;
    setProgress(kind);
    setFailure('');
    try {
      await act();
    } catch (problem) {
      if (mine !== attempt.current) return;
      setFailure(
        errorCode(problem) === 'CAUSEWAY_CANCELLED' ? t('join.cancelled') : describeProblem(problem),
      );
      if (kind === 'joining' && errorCode(problem) === 'M_FORBIDDEN') setMayAsk(true);
    }
    if (mine === attempt.current) setProgress('idle');
  }

  const join = () =>
    attemptTo('joining', async () => {
      const mine = attempt.current;
      const found = address.startsWith('#') ? await client.getRoomIdForAlias(address) : undefined;
      if (mine === attempt.current) setJoiningId(found?.room_id ?? address);
      const viaServers = [...new Set([...via, ...(found?.servers ?? [])])];
      const room = await client.joinRoom(found?.room_id ?? address, { viaServers });
      await awaitRoom(rooms, room.roomId);
      if (mine === attempt.current) goTo({ screen: 'room', roomId: room.roomId });
    });

  const knock = () =>
    attemptTo('asking', async () => {
      await client.knockRoom(address, {
        viaServers: [...via],
        ...(note.trim() ? { reason: note.trim() } : {}),
      });
      say(t('join.asked'));
      goTo({ screen: 'invitations' });
    });

  return (
    <Screen title={t('join.title')}>
      <div className="flex max-w-[560px] flex-col gap-4 rounded-xl border border-line bg-raised p-5">
        <div className="flex items-start gap-3">
          <Hash className="mt-0.5 size-5 shrink-0 text-ink-quiet" aria-hidden />
          <div className="flex min-w-0 flex-1 flex-col items-start gap-1.5">
            <h2 className="text-lg font-semibold [overflow-wrap:anywhere]">{known?.name ?? address}</h2>
            {remote ? <OrganisationBadge name={organisation} /> : null}
            <ImitationMark withText name={known?.name ?? address} />
          </div>
        </div>
        {remote ? <p className="text-ink-soft">{t('join.remote', { organisation })}</p> : null}
        {failure ? (
          <Notice kind="error">{t('join.failed', { room: address, reason: failure })}</Notice>
        ) : null}
        {mayAsk && known?.membership !== 'join' ? (
          <TextAreaField
            label={t('join.note')}
            hint={t('join.noteHint')}
            maxLength={NOTE_LENGTH}
            value={note}
            onChange={(event) => setNote(event.target.value)}
          />
        ) : null}
        <div className="flex flex-wrap items-center gap-2">
          {known?.membership === 'join' ? (
            <Button onClick={() => goTo({ screen: 'room', roomId: known.id })}>{t('join.open')}</Button>
          ) : (
            <>
              {ask ? null : (
                <Button
                  variant={mayAsk ? 'secondary' : 'primary'}
                  busy={progress === 'joining'}
                  disabled={progress !== 'idle'}
                  onClick={() => void join()}
                >
                  {t(failure ? 'app.retry' : 'join.join')}
                </Button>
              )}
              {mayAsk ? (
                <Button
                  busy={progress === 'asking'}
                  disabled={progress !== 'idle'}
                  onClick={() => void knock()}
                >
                  {t('join.ask')}
                </Button>
              ) : null}
            </>
          )}
          {slow && !steps ? (
            <span role="status" className="flex items-center gap-2 text-sm text-ink-soft">
              <LoaderCircle className="spin size-4" aria-hidden />
              {t(remote ? 'inbox.joiningRemote' : 'inbox.joining', { organisation })}
              <Button
                variant="quiet"
                small
                onClick={() => {
                  attempt.current++;
                  setProgress('idle');
                }}
              >
                {t('inbox.stopWaiting')}
              </Button>
            </span>
          ) : null}
        </div>
        {steps && joiningId ? (
          <JoinProgressView roomId={joiningId} name={known?.name ?? address} progress={steps} />
        ) : null}
      </div>
    </Screen>
  );
}
