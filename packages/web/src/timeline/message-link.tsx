import type { ReactNode } from 'react';
import { goTo } from '../frame/route.ts';
import { say } from '../frame/say.ts';
import { t } from '../i18n/translate.ts';
import { type MatrixToTarget, parseMatrixTo } from '../markdown/matrix-to.ts';
import { localpartOf } from '../people/organisation.ts';
import { describeProblem } from '../session/problem.ts';
import { useWorkspace, type WorkspaceSession } from '../session/workspace-session.ts';
import { safeLink } from './allowed-html.ts';
import { showMessage } from './shown-message.ts';

/** A link of a message: to a person, to a room or a message of one, or out of the app. */
export function MessageLink({ href, children }: { href: string; children: ReactNode }) {
  const target = parseMatrixTo(href);
  if (target?.kind === 'person') return <Pill userId={target.userId}>{children}</Pill>;
  if (target) return <RoomLink target={target}>{children}</RoomLink>;
  const safe = safeLink(href);
  if (!safe) return <span>{children}</span>;
  return (
    <a
      href={safe}
      target="_blank"
      rel="noopener noreferrer nofollow"
      className="text-accent underline decoration-1 underline-offset-2 [overflow-wrap:anywhere]"
    >
      {children}
    </a>
  );
}

function Pill({ userId, children }: { userId: string; children: ReactNode }) {
  const { client } = useWorkspace();
  const mine = userId === client.getUserId();
  return (
    <span
      title={userId}
      data-user-id={userId}
      className={`rounded px-1 font-medium ${mine ? 'bg-accent text-on-accent' : 'bg-accent-wash text-accent-strong'}`}
    >
      {children || localpartOf(userId)}
    </span>
  );
}

type RoomTarget = Extract<MatrixToTarget, { kind: 'room' }>;

function RoomLink({ target, children }: { target: RoomTarget; children: ReactNode }) {
  const workspace = useWorkspace();
  return (
    <button
      type="button"
      title={target.room}
      className="inline rounded text-start text-accent underline decoration-1 underline-offset-2 [overflow-wrap:anywhere]"
      onClick={() => void open(workspace, target)}
    >
      {children}
    </button>
  );
}

/** Opens a room that one is in; one that one is not in is joined on a screen of its own, not by a click. */
async function open({ client }: WorkspaceSession, target: RoomTarget): Promise<void> {
  try {
    const roomId = target.room.startsWith('#')
      ? (await client.getRoomIdForAlias(target.room)).room_id
      : target.room;
    if (client.getRoom(roomId)?.getMyMembership() !== 'join') {
      goTo({ screen: 'join', address: target.room, via: target.via, ask: false });
      return;
    }
    if (target.eventId) showMessage(roomId, target.eventId);
    goTo({ screen: 'room', roomId });
  } catch (problem) {
    say(t('link.failed', { room: target.room, reason: describeProblem(problem) }));
  }
}
