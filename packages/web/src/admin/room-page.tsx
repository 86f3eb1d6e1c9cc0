import { type ReactNode, useCallback, useEffect, useState } from 'react';
import { Button } from '../controls/button.tsx';
import { Notice } from '../controls/notice.tsx';
import { formatMoment, formatSize } from '../i18n/dates.ts';
import { t } from '../i18n/translate.ts';
import { describeProblem } from '../session/problem.ts';
import { useWorkspace } from '../session/workspace-session.ts';
import { BackLink } from './back-link.tsx';
import { CloseDialog, PurgeDialog, RemoveDialog, RetentionDialog } from './room-dialogs.tsx';
import { closeRoom, fetchRoom, type InspectedRoom, type LeftOut, type RoomAnswer } from './rooms-api.ts';
import { RoomMembers } from './room-members.tsx';
import { standingInWords } from './rooms-page.tsx';
import { Loading } from './settings-page.tsx';
import { useAnswer } from './use-answer.ts';

/** What is under way is looked at again after this. */
const AGAIN_MS = 1_500;

type Asked = 'purge' | 'retention' | 'remove' | 'close';

/** One room: what is known and kept of it, and what can be done about it. */
export function RoomPage({ roomId }: { roomId: string }) {
  const ask = useCallback((accessToken: string) => fetchRoom(accessToken, roomId), [roomId]);
  const { value, failure, set, again } = useAnswer(ask);
  const busy =
    value !== undefined && (value.removal !== undefined || (value.here && value.purge !== undefined));
  useEffect(() => {
    if (!busy) return;
    const timer = setInterval(again, AGAIN_MS);
    return () => clearInterval(timer);
  }, [busy, again]);
  return (
    <div className="flex flex-col gap-5">
      <BackLink section="rooms">{t('adminRooms.all')}</BackLink>
      {failure ? <Notice kind="error">{failure}</Notice> : null}
      {value === undefined ? failure ? null : <Loading /> : <Room room={value} onChange={set} />}
    </div>
  );
}

function Room({ room, onChange }: { room: RoomAnswer; onChange: (room: RoomAnswer) => void }) {
  const { session } = useWorkspace();
  const [asked, setAsked] = useState<Asked>();
  const [failure, setFailure] = useState('');
  const standing = standingInWords(room);
  const dialog = { room, onChange, onClose: () => setAsked(undefined) };
  return (
    <>
      <div className="flex flex-col gap-1">
        <h2 className="text-lg font-semibold [overflow-wrap:anywhere]">
          {room.here ? room.name : room.roomId}
        </h2>
        {room.here && room.topic ? (
          <p className="text-ink-soft [overflow-wrap:anywhere]">{room.topic}</p>
        ) : null}
        <code className="text-xs text-ink-quiet [overflow-wrap:anywhere]">{room.roomId}</code>
      </div>
      {standing === '' ? null : (
        <Notice kind="info">
          {standing}
          {room.closed?.reason ? ` ${room.closed.reason}` : ''}
        </Notice>
      )}
      {room.here || room.removal || room.closed ? null : (
        <Notice kind="info">{t('adminRooms.isGone')}</Notice>
      )}
      {room.here && room.purge ? (
        <Notice kind="info">{t('adminRooms.purging', { count: room.purge.purged })}</Notice>
      ) : null}
      <div className="flex flex-wrap gap-2">
        {room.here ? (
          <>
            <Button variant="secondary" small onClick={() => setAsked('purge')}>
              {t('adminRooms.purge')}
            </Button>
            <Button variant="secondary" small onClick={() => setAsked('retention')}>
              {t('adminRooms.retention')}
            </Button>
          </>
        ) : null}
        {room.closed ? (
          <Button
            variant="secondary"
            small
            onClick={() => {
              setFailure('');
              closeRoom(session.accessToken, room.roomId, { blocked: false, reason: '' }).then(
                onChange,
                (problem: unknown) => setFailure(describeProblem(problem)),
              );
            }}
          >
            {t('adminRooms.open')}
          </Button>
        ) : (
          <Button variant="secondary" small onClick={() => setAsked('close')}>
            {t('adminRooms.close')}
          </Button>
        )}
        {room.here && !room.removal ? (
          <Button variant="danger" small onClick={() => setAsked('remove')}>
            {t('adminRooms.remove')}
          </Button>
        ) : null}
      </div>
      {failure ? <Notice kind="error">{failure}</Notice> : null}
      {room.here ? <Facts room={room} /> : null}
      {asked === 'purge' ? <PurgeDialog {...dialog} /> : null}
      {asked === 'retention' ? <RetentionDialog {...dialog} /> : null}
      {asked === 'remove' ? <RemoveDialog {...dialog} /> : null}
      {asked === 'close' ? <CloseDialog {...dialog} /> : null}
    </>
  );
}

function Facts({ room }: { room: InspectedRoom }) {
  const count = (membership: string) => room.memberships[membership] ?? 0;
  const size = formatSize(room.timelineBytes);
  const facts: readonly (readonly [string, ReactNode])[] = [
    [t('adminRooms.factVersion'), room.version],
    [t('adminRooms.factCreator'), room.creator],
    [
      t('adminRooms.factAccess'),
      [
        t(`adminRooms.join.${joinKey(room.joinRule)}`),
        room.federate ? t('adminRooms.shared') : t('adminRooms.local'),
        ...(room.encrypted ? [t('adminRooms.encrypted')] : []),
        ...(room.published ? [t('adminRooms.published')] : []),
      ].join(' · '),
    ],
    [t('adminRooms.factAliases'), room.aliases.join(', ') || undefined],
    [
      t('adminRooms.factMembers'),
      t('adminRooms.counts', {
        joined: count('join'),
        local: room.localMembers,
        invited: count('invite'),
        asking: count('knock'),
        banned: count('ban'),
      }),
    ],
    [
      t('adminRooms.factHistory'),
      t(room.atLeast ? 'adminRooms.eventsAtLeast' : 'adminRooms.events', {
        count: room.timelineEvents,
        size,
      }),
    ],
    [
      t('adminRooms.factSince'),
      room.oldestTs === undefined || room.newestTs === undefined
        ? undefined
        : t('adminRooms.fromTo', { from: formatMoment(room.oldestTs), to: formatMoment(room.newestTs) }),
    ],
    [
      t('adminRooms.factState'),
      t('adminRooms.events', { count: room.stateEvents, size: formatSize(room.stateBytes) }),
    ],
    [t('adminRooms.factMissing'), room.missingParents > 0 ? String(room.missingParents) : undefined],
    [t('adminRooms.factIncomplete'), room.incomplete && inWords(room.incomplete)],
    [t('adminRooms.factLeftOut'), room.incomplete?.leftOut && leftOutInWords(room.incomplete.leftOut)],
    [
      t('adminRooms.factRetention'),
      room.retentionDays === undefined
        ? t('adminRooms.staysForEver')
        : t('adminRooms.days', { count: room.retentionDays }),
    ],
    [
      t('adminRooms.factPurged'),
      room.purgedBefore === undefined
        ? undefined
        : t('adminRooms.purgedBefore', { when: formatMoment(room.purgedBefore) }),
    ],
  ];
  return (
    <>
      <dl className="flex flex-col">
        {facts.map(([label, value]) =>
          value === undefined ? null : (
            <div key={label} className="flex flex-wrap gap-x-6 gap-y-0.5 border-t border-line py-2.5">
              <dt className="w-44 text-ink-soft">{label}</dt>
              <dd className="min-w-0 flex-1 [overflow-wrap:anywhere]">{value}</dd>
            </div>
          ),
        )}
      </dl>
      <Servers servers={room.servers} />
      <Extremities room={room} />
      <RoomMembers roomId={room.roomId} />
    </>
  );
}

/** A server that is down for good can leave hundreds of names here. */
const MAX_AWAITED_SHOWN = 5;

const inWords = ({
  members,
  others,
  servers,
}: NonNullable<InspectedRoom['incomplete']>): string | undefined => {
  if (members + others === 0) return undefined;
  const shown = servers.slice(0, MAX_AWAITED_SHOWN).join(', ');
  const rest = servers.length - MAX_AWAITED_SHOWN;
  const what = [
    ...(members > 0 ? [t('adminRooms.incompleteMembers', { count: members })] : []),
    ...(others > 0 ? [t('adminRooms.incompleteOthers', { count: others })] : []),
  ];
  return t('adminRooms.incompleteWhy', {
    what: what.join(' · '),
    servers: rest > 0 ? t('adminRooms.incompleteMore', { servers: shown, count: rest }) : shown,
  });
};

const leftOutInWords = ({ serverName, total, tries, reason, nextTs }: LeftOut): string =>
  [
    total === undefined
      ? t('adminRooms.leftOut', { server: serverName })
      : t('adminRooms.leftOutOf', { server: serverName, count: total }),
    ...(tries > 0
      ? [t('adminRooms.leftOutTried', { count: tries, when: formatMoment(nextTs), reason })]
      : []),
  ].join(' ');

const joinKey = (rule: string): 'public' | 'invite' | 'knock' | 'restricted' => {
  if (rule === 'public' || rule === 'knock') return rule;
  return rule === 'restricted' || rule === 'knock_restricted' ? 'restricted' : 'invite';
};

const MAX_SERVERS_SHOWN = 30;

function Servers({ servers }: { servers: InspectedRoom['servers'] }) {
  return (
    <section aria-label={t('adminRooms.factServers')} className="flex flex-col">
      <h3 className="pb-2 font-semibold">{t('adminRooms.factServers')}</h3>
      <ul className="flex flex-col">
        {servers.slice(0, MAX_SERVERS_SHOWN).map(({ serverName, joined }) => (
          <li key={serverName} className="flex gap-3 border-t border-line py-2">
            <span className="min-w-0 flex-1 [overflow-wrap:anywhere]">{serverName}</span>
            <span className="text-ink-soft tabular-nums">{t('adminRooms.members', { count: joined })}</span>
          </li>
        ))}
      </ul>
      {servers.length > MAX_SERVERS_SHOWN ? (
        <p className="pt-1 text-sm text-ink-quiet">
          {t('adminRooms.moreServers', { count: servers.length - MAX_SERVERS_SHOWN })}
        </p>
      ) : null}
    </section>
  );
}

function Extremities({ room }: { room: InspectedRoom }) {
  return (
    <section aria-label={t('adminRooms.extremities')} className="flex flex-col">
      <h3 className="pb-1 font-semibold">{t('adminRooms.extremities')}</h3>
      <p className="max-w-[70ch] pb-2 text-sm text-ink-soft">{t('adminRooms.extremitiesText')}</p>
      <ul className="flex flex-col">
        {room.extremities.map((event) => (
          <li key={event.eventId} className="flex flex-col gap-0.5 border-t border-line py-2">
            <code className="text-xs [overflow-wrap:anywhere]">{event.eventId}</code>
            <span className="text-sm text-ink-soft [overflow-wrap:anywhere]">
              {t('adminRooms.extremity', {
                type: event.type,
                sender: event.sender,
                when: formatMoment(event.ts),
                depth: event.depth,
              })}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
