import { Ban, Download, RotateCw, Unplug } from 'lucide-react';
import { type ReactNode, useCallback, useState } from 'react';
import { Button } from '../controls/button.tsx';
import { Notice } from '../controls/notice.tsx';
import { formatMoment, formatNames, formatSince } from '../i18n/dates.ts';
import { t } from '../i18n/translate.ts';
import { OrganisationMark } from '../people/organisation-badge.tsx';
import { describeProblem } from '../session/problem.ts';
import { useWorkspace } from '../session/workspace-session.ts';
import { BackLink } from './back-link.tsx';
import { DeliveriesChart } from './deliveries-chart.tsx';
import { BlockDialog, DisconnectDialog } from './organisation-dialogs.tsx';
import { OrganisationHealth } from './organisation-health.tsx';
import {
  blockOrganisation,
  decideContact,
  exportOrganisation,
  fetchOrganisation,
  type OrganisationInFull,
  retryOrganisation,
  type SetAside,
  type SharedRoom,
} from './organisations-api.ts';
import { backlogInWords } from './organisations-page.tsx';
import { saveBlob } from './save-blob.ts';
import { Loading } from './settings-page.tsx';
import { useAnswer } from './use-answer.ts';

/** One organisation: how it stands, what is shared, and what can be done. */
export function OrganisationPage({ server }: { server: string }) {
  const ask = useCallback((accessToken: string) => fetchOrganisation(accessToken, server), [server]);
  const { value, failure, set, again } = useAnswer(ask);
  return (
    <div className="flex flex-col gap-6">
      <BackLink section="organisations">{t('organisations.all')}</BackLink>
      <h2 className="inline-flex items-center gap-2 text-lg font-semibold [overflow-wrap:anywhere]">
        <OrganisationMark name={server} />
        {server}
      </h2>
      {failure ? <Notice kind="error">{failure}</Notice> : null}
      {value ? <Details one={value} onChanged={set} again={again} /> : failure ? null : <Loading />}
    </div>
  );
}

type DetailsProps = {
  readonly one: OrganisationInFull;
  readonly onChanged: (one: OrganisationInFull) => void;
  readonly again: () => void;
};

function Details({ one, onChanged, again }: DetailsProps) {
  return (
    <>
      <State one={one} />
      <Actions one={one} onChanged={onChanged} again={again} />
      <section aria-labelledby="organisation-deliveries" className="flex flex-col gap-2">
        <h3 id="organisation-deliveries" className="font-semibold">
          {t('organisations.deliveries')}
        </h3>
        <DeliveriesChart hours={one.hours} span={168} width={672} height={96} className="h-24 w-full" />
        <p className="flex justify-between text-sm text-ink-quiet">
          <span>{t('organisations.weekAgo')}</span>
          <span>{t('organisations.now')}</span>
        </p>
        <p className="text-sm text-ink-soft">{t('organisations.deliveriesText')}</p>
      </section>
      <Rooms rooms={one.sharedRooms} />
    </>
  );
}

function State({ one }: { one: OrganisationInFull }) {
  const { contact } = one;
  const fact = (name: string, value: ReactNode) => (
    <div className="flex flex-col">
      <dt className="text-sm text-ink-soft">{name}</dt>
      <dd className="tabular-nums [overflow-wrap:anywhere]">{value}</dd>
    </div>
  );
  const moment = (ts: number | undefined) => (ts === undefined ? t('organisations.never') : formatMoment(ts));
  return (
    <div className="flex flex-col gap-4">
      {one.failingSinceTs === undefined ? null : (
        <Notice kind="warning">
          {t('organisations.failingSince', {
            when: formatSince(one.failingSinceTs),
            reason: one.lastError,
            next: one.nextAttemptTs === undefined ? '' : formatSince(one.nextAttemptTs),
          })}
        </Notice>
      )}
      {one.setAside === undefined ? null : <Refused organisation={one.serverName} refused={one.setAside} />}
      {one.blockedBy === '' ? null : (
        <Notice kind="info">
          {one.blockedBy === 'not-listed'
            ? t('organisations.notListed')
            : t('organisations.blockedBy', { domain: one.blockedBy })}
        </Notice>
      )}
      {contact?.status === 'refused' || contact?.status === 'disconnected' ? (
        <Notice kind="info">
          {t(contact.status === 'refused' ? 'organisations.refusedBy' : 'organisations.disconnectedBy', {
            who: contact.decidedBy,
            when: moment(contact.decidedTs),
            reason: contact.reason,
          })}
        </Notice>
      ) : null}
      <dl className="grid grid-cols-2 gap-x-6 gap-y-3 pane:grid-cols-3">
        {fact(t('organisations.health'), <OrganisationHealth health={one.health} />)}
        {fact(t('organisations.lastDelivered'), moment(one.lastDeliveredTs))}
        {fact(t('organisations.lastReceived'), moment(one.lastReceivedTs))}
        {fact(t('organisations.backlog'), one.waiting === 0 ? '0' : backlogInWords(one))}
        {fact(t('organisations.rooms'), one.rooms)}
        {fact(t('organisations.people'), one.people)}
      </dl>
    </div>
  );
}

/** What it takes from nobody here, while everything else arrives. */
function Refused({ organisation, refused }: { organisation: string; refused: SetAside }) {
  const { events, edus, atLeast, newestTs, reason } = refused;
  const count = events + edus;
  const amount = atLeast ? t('organisations.atLeast', { count }) : String(count);
  return (
    <Notice kind="warning">
      <p>
        {t('organisations.setAside', { count, amount, organisation, when: formatMoment(newestTs) })}{' '}
        {events === 0 ? null : t('organisations.setAsideText', { organisation })}
      </p>
      {edus === 0 ? null : (
        <p className="mt-1">
          {t(events === 0 ? 'organisations.setAsideAllEdus' : 'organisations.setAsideEdus', { count: edus })}
        </p>
      )}
      <p className="mt-1 [overflow-wrap:anywhere]">{t('organisations.setAsideReason', { reason })}</p>
    </Notice>
  );
}

function Actions({ one, onChanged, again }: DetailsProps) {
  const { session } = useWorkspace();
  const [busy, setBusy] = useState('');
  const [problem, setProblem] = useState('');
  const [said, setSaid] = useState('');
  const [dialog, setDialog] = useState<'block' | 'disconnect'>();
  const { accessToken } = session;
  const { contact } = one;

  async function attempt(name: string, work: () => Promise<unknown>) {
    setBusy(name);
    setProblem('');
    setSaid('');
    try {
      await work();
    } catch (thrown) {
      setProblem(describeProblem(thrown));
      again();
    } finally {
      setBusy('');
    }
  }

  const shutOut = contact?.status === 'refused' || contact?.status === 'disconnected';
  const download = async () =>
    saveBlob(await exportOrganisation(accessToken, one.serverName), `shared-with-${one.serverName}.tar.gz`);
  return (
    <div className="flex flex-col gap-3">
      <div className="flex flex-wrap gap-2">
        <Button
          small
          variant="secondary"
          busy={busy === 'retry'}
          icon={<RotateCw className="size-4" aria-hidden />}
          onClick={() =>
            void attempt('retry', async () => {
              onChanged(await retryOrganisation(accessToken, one.serverName));
              setSaid(t('organisations.retried'));
            })
          }
        >
          {t('organisations.retry')}
        </Button>
        <Button
          small
          variant="secondary"
          busy={busy === 'export'}
          icon={<Download className="size-4" aria-hidden />}
          onClick={() => void attempt('export', download)}
        >
          {t('organisations.export')}
        </Button>
        {one.blockedBy === one.serverName.replace(/:[0-9]+$/, '').toLowerCase() ? (
          <Button
            small
            variant="secondary"
            busy={busy === 'unblock'}
            onClick={() =>
              void attempt('unblock', async () => onChanged(await blockOrganisation(accessToken, one, false)))
            }
          >
            {t('organisations.unblock')}
          </Button>
        ) : (
          <Button
            small
            variant="secondary"
            icon={<Ban className="size-4" aria-hidden />}
            onClick={() => setDialog('block')}
          >
            {t('organisations.block')}
          </Button>
        )}
        {shutOut ? (
          <Button
            small
            variant="secondary"
            busy={busy === 'approve'}
            onClick={() =>
              void attempt('approve', async () => {
                await decideContact(accessToken, contact, 'approved');
                again();
              })
            }
          >
            {t('organisations.allowAgain')}
          </Button>
        ) : null}
        {contact?.status === 'disconnected' && one.rooms === 0 ? null : (
          <Button
            small
            variant="secondary"
            className="text-danger"
            icon={<Unplug className="size-4" aria-hidden />}
            onClick={() => setDialog('disconnect')}
          >
            {t('organisations.disconnect')}
          </Button>
        )}
      </div>
      {problem ? <Notice kind="error">{problem}</Notice> : null}
      {said ? (
        <p role="status" className="text-ink-soft">
          {said}
        </p>
      ) : null}
      {dialog === 'block' ? (
        <BlockDialog one={one} onDone={onChanged} onClose={() => setDialog(undefined)} />
      ) : null}
      {dialog === 'disconnect' ? (
        <DisconnectDialog
          one={one}
          onDone={(words) => {
            setSaid(words);
            again();
          }}
          onClose={() => setDialog(undefined)}
        />
      ) : null}
    </div>
  );
}

function Rooms({ rooms }: { rooms: readonly SharedRoom[] }) {
  return (
    <section aria-labelledby="organisation-rooms" className="flex flex-col gap-2">
      <h3 id="organisation-rooms" className="font-semibold">
        {t('organisations.sharedRooms')}
      </h3>
      {rooms.length === 0 ? <p className="text-ink-soft">{t('organisations.noRooms')}</p> : null}
      <ul className="flex flex-col">
        {rooms.map((room) => (
          <li key={room.roomId} className="flex flex-col border-t border-line py-2.5">
            <span dir="auto" className="font-medium [overflow-wrap:anywhere]">
              {room.name || room.roomId}
            </span>
            <span className="text-sm text-ink-soft [overflow-wrap:anywhere]">
              {t('organisations.roomMembers', { ours: room.ourMembers, theirs: room.theirMembers })}
              {room.others.length === 0
                ? null
                : ` ${t('organisations.roomOthers', { organisations: formatNames(room.others) })}`}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
