import { Pencil } from 'lucide-react';
import { EventType, type Room } from 'matrix-js-sdk';
import type { ReactNode } from 'react';
import { Button } from '../controls/button.tsx';
import { openDialog } from '../frame/dialogs.ts';
import { Panel } from '../frame/panel.tsx';
import { t } from '../i18n/translate.ts';
import { ArrivingNotice } from '../people/arriving-notice.tsx';
import { organisationsOf, serverNameOf } from '../people/organisation.ts';
import { OrganisationMark } from '../people/organisation-badge.tsx';
import { personIn } from '../people/person.ts';
import { text } from '../session/matrix-request.ts';
import { useWorkspace } from '../session/workspace-session.ts';
import type { RoomMembers } from './room-members.ts';
import type { RoomSummary } from './room-summaries.ts';
import { SharedMark } from './shared-mark.tsx';

type DetailsPanelProps = { room: Room; summary: RoomSummary; members: RoomMembers; onClose: () => void };

/** What this room is, and which organisations are in it. */
export function DetailsPanel({ room, summary, members, onClose }: DetailsPanelProps) {
  const { client } = useWorkspace();
  const myself = client.getSafeUserId();
  const topic = text(room.currentState.getStateEvents(EventType.RoomTopic, '')?.getContent().topic);
  const alias = room.getCanonicalAlias();
  const mayEdit =
    room.currentState.maySendStateEvent(EventType.RoomName, myself) ||
    room.currentState.maySendStateEvent(EventType.RoomTopic, myself);

  return (
    <Panel title={t('room.details')} onClose={onClose}>
      <div className="flex flex-col gap-6 p-5">
        <Fact title={summary.kind === 'direct' ? t('details.person') : t('details.name')}>
          <p className="font-medium [overflow-wrap:anywhere]">{summary.name}</p>
          {summary.kind === 'direct' && summary.peer ? (
            <p className="text-ink-soft [overflow-wrap:anywhere]">{summary.peer.userId}</p>
          ) : null}
        </Fact>
        {summary.kind === 'channel' ? (
          <Fact title={t('details.topic')}>
            <p className={topic ? 'whitespace-pre-wrap [overflow-wrap:anywhere]' : 'text-ink-quiet'}>
              {topic ?? t('details.noTopic')}
            </p>
          </Fact>
        ) : null}
        {alias ? (
          <Fact title={t('details.address')}>
            <p className="[overflow-wrap:anywhere]">{alias}</p>
          </Fact>
        ) : null}
        {summary.kind === 'channel' && mayEdit ? (
          <Button
            variant="secondary"
            small
            className="self-start"
            icon={<Pencil className="size-4" aria-hidden />}
            onClick={() => openDialog({ kind: 'edit-room', roomId: room.roomId })}
          >
            {t('room.edit')}
          </Button>
        ) : null}
        <Fact title={t('details.who')}>
          {summary.shared ? (
            <OrganisationsList room={room} members={members} />
          ) : (
            <p className="text-ink-soft">{t('details.localOnly')}</p>
          )}
        </Fact>
        <Fact title={t('details.technical')}>
          <p className="text-sm text-ink-soft [overflow-wrap:anywhere]">{room.roomId}</p>
          <p className="text-sm text-ink-soft">{t('details.version', { version: room.getVersion() })}</p>
        </Fact>
      </div>
    </Panel>
  );
}

function OrganisationsList({ room, members }: { room: Room; members: RoomMembers }) {
  const { serverName, info } = useWorkspace();
  const organisations = organisationsOf(
    members.joined.map((member) => member.userId),
    serverName,
  );
  return (
    <>
      <p className="flex items-center gap-1.5 text-ink-soft">
        <SharedMark decorative /> {t('details.shared')}
      </p>
      {members.arriving ? (
        <div className="mt-2">
          <ArrivingNotice arriving={members.arriving} />
        </div>
      ) : null}
      <ul className="mt-2 flex flex-col gap-2">
        {organisations.map((organisation) => {
          const people = members.joined.filter((member) => serverNameOf(member.userId) === organisation);
          return (
            <li
              key={organisation}
              className="flex items-start gap-2.5 rounded-lg border border-line px-3 py-2"
            >
              <span className="pt-0.5">
                <OrganisationMark name={organisation} />
              </span>
              <div className="min-w-0 flex-1">
                <p className="truncate font-medium">
                  {organisation === serverName ? t('details.own', { name: info.name }) : organisation}
                </p>
                <p className="text-sm text-ink-quiet">
                  {t('details.people', { count: people.length })}
                  {organisation === serverName ? '' : inviterOf(room, people)}
                </p>
              </div>
            </li>
          );
        })}
      </ul>
    </>
  );
}

/** Who first asked somebody of this organisation in, as far as the room's state tells. */
function inviterOf(room: Room, people: RoomMembers['joined']): string {
  for (const member of people) {
    const previous = member.events.member?.getUnsigned();
    const inviter = previous?.prev_content?.membership === 'invite' ? previous.prev_sender : undefined;
    if (typeof inviter === 'string')
      return ` · ${t('details.invitedBy', { name: personIn(room, inviter).name })}`;
  }
  return '';
}

function Fact({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="flex flex-col gap-1">
      <h3 className="text-sm font-medium text-ink-quiet">{title}</h3>
      {children}
    </section>
  );
}
