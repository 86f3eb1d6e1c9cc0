import { useEffect, useState } from 'react';
import { formatMoment } from '../i18n/dates.ts';
import { t } from '../i18n/translate.ts';
import { RequestError, request } from '../session/matrix-request.ts';
import { useWorkspace } from '../session/workspace-session.ts';

const DAY_MS = 86_400_000;

type Retention = { readonly days: number | undefined; readonly purgedBefore: number | undefined };

/** At the top of a room: what of it was deleted here, and how long messages stay. */
export function RoomRetention({ roomId }: { roomId: string }) {
  const { session } = useWorkspace();
  const [known, setKnown] = useState<Retention>();
  useEffect(() => {
    let current = true;
    fetchRetention(session.accessToken, roomId).then(
      (retention) => current && setKnown(retention),
      // The room is read without it.
      () => undefined,
    );
    return () => {
      current = false;
    };
  }, [session, roomId]);
  if (known?.days === undefined && known?.purgedBefore === undefined) return null;
  return (
    <p className="text-sm text-ink-soft">
      {[
        known.purgedBefore === undefined
          ? ''
          : t('room.purgedBefore', { when: formatMoment(known.purgedBefore) }),
        known.days === undefined ? '' : t('room.retention', { count: known.days }),
      ]
        .filter((sentence) => sentence !== '')
        .join(' ')}
    </p>
  );
}

async function fetchRetention(accessToken: string, roomId: string): Promise<Retention> {
  try {
    const { max_age_ms: age, purged_before_ts: purgedBefore } = await request(
      `/_causeway/rooms/${encodeURIComponent(roomId)}/retention`,
      { accessToken },
    );
    return {
      days: typeof age === 'number' ? age / DAY_MS : undefined,
      purgedBefore: typeof purgedBefore === 'number' ? purgedBefore : undefined,
    };
  } catch (problem) {
    if (problem instanceof RequestError) return { days: undefined, purgedBefore: undefined };
    throw problem;
  }
}
