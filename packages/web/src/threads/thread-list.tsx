import { ClientPrefix, type MatrixClient, Method, type Room, RoomEvent } from 'matrix-js-sdk';
import { useEffect, useState } from 'react';
import { Button } from '../controls/button.tsx';
import { Notice } from '../controls/notice.tsx';
import { Panel } from '../frame/panel.tsx';
import { formatSince } from '../i18n/dates.ts';
import { t } from '../i18n/translate.ts';
import { Avatar } from '../people/avatar.tsx';
import { personIn } from '../people/person.ts';
import { isObject, type JsonObject, text } from '../session/matrix-request.ts';
import { describeProblem } from '../session/problem.ts';
import { useWorkspace } from '../session/workspace-session.ts';
import { quotedText } from '../timeline/quoted-message.tsx';
import { relationOf } from '../timeline/relation.ts';
import type { BundledThread } from '../timeline/timeline-event.ts';
import { bundledThreadOf, isErased } from '../timeline/to-timeline-event.ts';
import { openThread } from './side-panel.ts';
import { useThreadCounts } from './thread-counts.ts';

type Thread = {
  readonly rootId: string;
  readonly sender: string;
  readonly ts: number;
  readonly preview: string;
  readonly bundled: BundledThread | undefined;
};

const SETTLE_MS = 500;
const PAGE_SIZE = '50';

type ThreadListProps = { room: Room; onClose: () => void };

/** The threads of a room, the one with the newest reply first. */
export function ThreadList({ room, onClose }: ThreadListProps) {
  const { threads, failure, more, loadMore } = useThreads(room);
  return (
    <Panel title={t('thread.list')} onClose={onClose}>
      {failure ? (
        <div className="p-4">
          <Notice kind="error">{t('thread.listFailed', { reason: failure })}</Notice>
        </div>
      ) : null}
      {!threads && !failure ? (
        <div className="flex flex-col gap-3 p-5">
          <div className="skeleton h-14" />
          <div className="skeleton h-14" />
        </div>
      ) : null}
      {threads?.length === 0 ? <p className="p-5 text-ink-soft">{t('thread.empty')}</p> : null}
      <ul className="flex flex-col p-2">
        {threads?.map((thread) => (
          <li key={thread.rootId}>
            <ThreadEntry room={room} thread={thread} />
          </li>
        ))}
      </ul>
      {more ? (
        <div className="flex justify-center p-3">
          <Button variant="secondary" small onClick={loadMore}>
            {t('thread.older')}
          </Button>
        </div>
      ) : null}
    </Panel>
  );
}

function ThreadEntry({ room, thread }: { room: Room; thread: Thread }) {
  const { unread, highlights } = useThreadCounts(room, thread.rootId);
  const author = personIn(room, thread.sender);
  return (
    <button
      type="button"
      onClick={() => openThread(thread.rootId)}
      className="flex w-full items-start gap-3 rounded-lg px-3 py-2.5 text-start hover:bg-hover"
    >
      <Avatar userId={author.userId} name={author.name} avatar={author.avatar} size={28} />
      <span className="min-w-0 flex-1">
        <span className="flex items-baseline gap-2">
          <span className="truncate font-medium">{author.name}</span>
          <span className="shrink-0 text-xs text-ink-quiet tabular-nums">
            {formatSince(thread.bundled?.latest?.ts ?? thread.ts)}
          </span>
        </span>
        <span className="block truncate text-ink-soft">{thread.preview}</span>
        <span className="block text-xs text-ink-quiet">
          {t('thread.replies', { count: thread.bundled?.count ?? 0 })}
        </span>
      </span>
      {unread > 0 ? (
        <span
          role="img"
          aria-label={t('thread.unread', { count: unread })}
          className={`mt-0.5 rounded-full px-1.5 text-xs font-semibold tabular-nums ${highlights > 0 ? 'bg-danger text-on-danger' : 'bg-accent text-on-accent'}`}
        >
          {unread}
        </span>
      ) : null}
    </button>
  );
}

function useThreads(room: Room) {
  const { client } = useWorkspace();
  const [threads, setThreads] = useState<readonly Thread[]>();
  const [next, setNext] = useState<string>();
  const [failure, setFailure] = useState('');

  useEffect(() => {
    let current = true;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const load = () =>
      fetchThreads(client, room.roomId, undefined).then(
        (page) => {
          if (!current) return;
          setThreads(page.threads);
          setNext(page.next);
          setFailure('');
        },
        (problem: unknown) => current && setFailure(describeProblem(problem)),
      );
    const onTimeline = (event: { getOriginalContent: () => JsonObject }) => {
      if (!relationOf(event.getOriginalContent()).threadRoot) return;
      clearTimeout(timer);
      timer = setTimeout(load, SETTLE_MS);
    };
    void load();
    room.on(RoomEvent.Timeline, onTimeline);
    return () => {
      current = false;
      clearTimeout(timer);
      room.off(RoomEvent.Timeline, onTimeline);
    };
  }, [client, room]);

  const loadMore = () =>
    void fetchThreads(client, room.roomId, next).then(
      (page) => {
        setThreads((shown) => [...(shown ?? []), ...page.threads]);
        setNext(page.next);
      },
      (problem: unknown) => setFailure(describeProblem(problem)),
    );
  return { threads, failure, more: next !== undefined, loadMore };
}

/** https://spec.matrix.org/latest/client-server-api/#get_matrixclientv1roomsroomidthreads */
async function fetchThreads(client: MatrixClient, roomId: string, from: string | undefined) {
  const answer = await client.http.authedRequest<JsonObject>(
    Method.Get,
    `/rooms/${encodeURIComponent(roomId)}/threads`,
    { include: 'all', limit: PAGE_SIZE, ...(from ? { from } : {}) },
    undefined,
    { prefix: ClientPrefix.V1 },
  );
  const chunk = Array.isArray(answer.chunk) ? answer.chunk.filter(isObject) : [];
  return { threads: chunk.map(toThread), next: text(answer.next_batch) };
}

function toThread(event: JsonObject): Thread {
  const content = isObject(event.content) ? event.content : {};
  const erased = isErased(event.unsigned);
  return {
    rootId: text(event.event_id) ?? '',
    sender: text(event.sender) ?? '',
    ts: typeof event.origin_server_ts === 'number' ? event.origin_server_ts : 0,
    preview: quotedText({ content, deleted: Object.keys(content).length === 0 && !erased, erased }),
    bundled: bundledThreadOf(event.unsigned),
  };
}
