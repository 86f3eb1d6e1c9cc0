import type { MatrixClient } from 'matrix-js-sdk';
import { useEffect, useState } from 'react';
import { Dialog } from '../controls/dialog.tsx';
import { Notice } from '../controls/notice.tsx';
import { formatFull } from '../i18n/dates.ts';
import { t } from '../i18n/translate.ts';
import { isObject, type JsonObject, text } from '../session/matrix-request.ts';
import { describeProblem } from '../session/problem.ts';
import { useWorkspace } from '../session/workspace-session.ts';
import { fetchRelations } from './fetch-relations.ts';
import { Words } from './message-body.tsx';

type Version = { readonly id: string; readonly ts: number; readonly content: JsonObject };

type HistoryDialogProps = { roomId: string; eventId: string; onClose: () => void };

/** What a message said before its edits. */
export default function HistoryDialog({ roomId, eventId, onClose }: HistoryDialogProps) {
  const { client } = useWorkspace();
  const [versions, setVersions] = useState<readonly Version[]>();
  const [failure, setFailure] = useState('');

  useEffect(() => {
    let current = true;
    fetchVersions(client, roomId, eventId).then(
      (found) => current && setVersions(found),
      (problem: unknown) => current && setFailure(t('history.failed', { reason: describeProblem(problem) })),
    );
    return () => {
      current = false;
    };
  }, [client, roomId, eventId]);

  return (
    <Dialog title={t('history.title')} onClose={onClose} wide>
      {failure ? <Notice kind="error">{failure}</Notice> : null}
      {!versions && !failure ? <div className="skeleton h-16" /> : null}
      <ol className="flex flex-col gap-4">
        {versions?.map((version, index) => (
          <li key={version.id} className="flex flex-col gap-0.5">
            <p className="text-xs text-ink-quiet">
              {formatFull(version.ts)}
              {index === 0 ? ` · ${t('history.now')}` : ''}
              {index === versions.length - 1 ? ` · ${t('history.original')}` : ''}
            </p>
            <div className="text-read">
              <Words
                body={text(version.content.body) ?? ''}
                html={
                  version.content.format === 'org.matrix.custom.html'
                    ? text(version.content.formatted_body)
                    : undefined
                }
              />
            </div>
          </li>
        ))}
      </ol>
    </Dialog>
  );
}

/** The newest first; the last is the message as it was first written. */
async function fetchVersions(client: MatrixClient, roomId: string, eventId: string): Promise<Version[]> {
  const original: unknown = await client.fetchRoomEvent(roomId, eventId);
  const sender = isObject(original) ? original.sender : undefined;
  const versions: Version[] = [];
  let from: string | undefined;
  do {
    const page = await fetchRelations(client, { roomId, eventId, relType: 'm.replace', from });
    for (const event of page.events) {
      const content = isObject(event.content) ? event.content['m.new_content'] : undefined;
      if (event.sender === sender && isObject(content)) versions.push(versionOf(event, content));
    }
    from = page.next;
  } while (from);
  const first = originalOf(original);
  return first ? [...versions, first] : versions;
}

function originalOf(event: unknown): Version | undefined {
  if (!isObject(event) || !isObject(event.content)) return undefined;
  return versionOf(event, event.content);
}

const versionOf = (event: JsonObject, content: JsonObject): Version => ({
  id: text(event.event_id) ?? '',
  ts: typeof event.origin_server_ts === 'number' ? event.origin_server_ts : 0,
  content,
});
