import { Check, LoaderCircle, X } from 'lucide-react';
import { Button } from '../controls/button.tsx';
import { IconButton } from '../controls/icon-button.tsx';
import { Notice } from '../controls/notice.tsx';
import { t } from '../i18n/translate.ts';
import { Avatar } from '../people/avatar.tsx';
import type { PersonCheck } from './check-person.ts';
import type { Invitee } from './use-invitees.ts';

type InviteeRowProps = { invitee: Invitee; onDrop: () => void; onRecheck: () => void };

/** One person to invite: what is known of them, and how far their invitation is. */
export function InviteeRow({ invitee, onDrop, onRecheck }: InviteeRowProps) {
  const { person, state } = invitee;
  return (
    <li className="flex flex-col gap-2">
      <div className="flex items-center gap-3">
        <Avatar userId={person.userId} name={person.name} avatar={person.avatar} size={28} />
        <div className="min-w-0 flex-1">
          <p dir="auto" className="truncate font-medium">
            {person.name}
          </p>
          <p className="truncate text-xs text-ink-soft" title={person.userId}>
            {person.userId}
          </p>
        </div>
        <Progress invitee={invitee} />
        {state === 'sent' || state === 'sending' ? null : (
          <IconButton label={t('invite.drop', { name: person.name })} onClick={onDrop}>
            <X className="size-4" />
          </IconButton>
        )}
      </div>
      <Fault invitee={invitee} onRecheck={onRecheck} />
    </li>
  );
}

function Progress({ invitee: { person, state, check } }: { invitee: Invitee }) {
  const style = 'flex shrink-0 items-center gap-1.5 text-sm';
  if (state === 'checking' || state === 'sending') {
    return (
      <span role="status" className={`${style} text-ink-soft`}>
        <LoaderCircle className="spin size-4" aria-hidden />
        <span className="max-w-[170px] truncate">
          {t(state === 'sending' ? 'invite.sending' : 'invite.checking', {
            organisation: person.organisation,
          })}
        </span>
      </span>
    );
  }
  if (state === 'sent' || (state === 'chosen' && check?.status === 'exists')) {
    return (
      <span role="status" className={`${style} ${state === 'sent' ? 'text-ok' : 'text-ink-soft'}`}>
        <Check className="size-4" aria-hidden />
        {t(state === 'sent' ? 'invite.sent' : 'invite.exists')}
      </span>
    );
  }
  return null;
}

const FAULTS = {
  'not-found': 'invite.notFound',
  unreachable: 'invite.unreachable',
  'not-allowed': 'invite.notAllowed',
  'awaits-approval': 'invite.awaitsApproval',
  unknown: 'invite.unknown',
} as const;

const KINDS: Partial<Record<PersonCheck['status'], 'info' | 'warning'>> = {
  'awaits-approval': 'info',
  unknown: 'warning',
};

function Fault({ invitee, onRecheck }: { invitee: Invitee; onRecheck: () => void }) {
  const { person, state, check, failure } = invitee;
  if (state === 'failed')
    return <Notice kind="error">{t('invite.failed', { id: person.userId, reason: failure })}</Notice>;
  if (state === 'waits') return <Notice kind="info">{t('invite.waits', { reason: failure })}</Notice>;
  if (state !== 'chosen' || !check || check.status === 'exists') return null;
  const words = t(FAULTS[check.status], { id: person.userId, organisation: person.organisation });
  return (
    <Notice
      kind={KINDS[check.status] ?? 'error'}
      action={
        check.status === 'unreachable' || check.status === 'unknown' ? (
          <Button variant="secondary" small onClick={onRecheck}>
            {t('app.retry')}
          </Button>
        ) : null
      }
    >
      <p className="font-medium">{words}</p>
      {check.message && check.status !== 'not-found' ? (
        <p className="text-sm text-ink-soft">{check.message}</p>
      ) : null}
    </Notice>
  );
}
