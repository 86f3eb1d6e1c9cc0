import { type IMyDevice, MatrixError } from 'matrix-js-sdk';
import { useCallback, useEffect, useState } from 'react';
import { Button } from '../controls/button.tsx';
import { Field } from '../controls/field.tsx';
import { Notice } from '../controls/notice.tsx';
import { formatDay, formatTime } from '../i18n/dates.ts';
import { t } from '../i18n/translate.ts';
import { text } from '../session/matrix-request.ts';
import { describeProblem, errorCode } from '../session/problem.ts';
import { useWorkspace } from '../session/workspace-session.ts';
import { passwordAuth } from './password-auth.ts';
import { SettingGroup, useSaving } from './saving.tsx';

/** Where one is signed in, each with a way to end it; the password is asked for. */
export function SessionsSection() {
  const { client, session } = useWorkspace();
  const [devices, setDevices] = useState<readonly IMyDevice[]>();
  const [failure, setFailure] = useState('');
  const load = useCallback(
    () =>
      client.getDevices().then(
        (answer) => setDevices(answer.devices),
        (problem: unknown) => setFailure(describeProblem(problem)),
      ),
    [client],
  );
  useEffect(() => void load(), [load]);

  if (failure) return <Notice kind="error">{failure}</Notice>;
  if (!devices) {
    return (
      <div role="status" aria-label={t('sessions.loading')} className="flex flex-col gap-3">
        <div className="skeleton h-10" />
        <div className="skeleton h-10" />
      </div>
    );
  }
  const sorted = [...devices].sort(
    (a, b) =>
      Number(b.device_id === session.deviceId) - Number(a.device_id === session.deviceId) ||
      (b.last_seen_ts ?? 0) - (a.last_seen_ts ?? 0),
  );
  return (
    <ul aria-label={t('mySettings.sessions')} className="flex flex-col gap-4">
      {sorted.map((device) => (
        <SessionRow
          key={device.device_id}
          device={device}
          own={device.device_id === session.deviceId}
          onEnded={() => void load()}
        />
      ))}
    </ul>
  );
}

type SessionRowProps = { device: IMyDevice; own: boolean; onEnded: () => void };

function SessionRow({ device, own, onEnded }: SessionRowProps) {
  const { client, session } = useWorkspace();
  const [asking, setAsking] = useState(false);
  const [password, setPassword] = useState('');
  const saving = useSaving();
  const name = device.display_name || device.device_id;

  const end = () =>
    saving.save(async () => {
      try {
        await client.deleteDevice(device.device_id).catch((problem: unknown) => {
          if (!(problem instanceof MatrixError) || problem.httpStatus !== 401) throw problem;
          const flow = text(problem.data?.session);
          return client.deleteDevice(device.device_id, passwordAuth(session.userId, password, flow));
        });
      } catch (problem) {
        if (errorCode(problem) !== 'M_FORBIDDEN') throw problem;
        throw new Error(t('password.wrong'));
      }
      onEnded();
    });

  return (
    <li className="flex flex-col gap-3">
      <div className="flex items-center gap-3">
        <div className="min-w-0 flex-1">
          <p dir="auto" className="truncate font-medium">
            {name}
          </p>
          <p className="text-sm text-ink-quiet">
            {own
              ? t('sessions.this')
              : device.last_seen_ts
                ? t('sessions.seen', {
                    when: `${formatDay(device.last_seen_ts)} ${formatTime(device.last_seen_ts)}`,
                  })
                : device.device_id}
          </p>
        </div>
        {own || asking ? null : (
          <Button
            variant="secondary"
            small
            aria-label={t('sessions.endLabel', { name })}
            onClick={() => setAsking(true)}
          >
            {t('sessions.end')}
          </Button>
        )}
      </div>
      {asking ? (
        <SettingGroup
          saving={saving}
          onSave={() => void end()}
          saveLabel={t('sessions.end')}
          unchanged={!password}
        >
          <Field
            label={t('sessions.password')}
            type="password"
            autoComplete="current-password"
            autoFocus
            value={password}
            onChange={(event) => setPassword(event.target.value)}
          />
        </SettingGroup>
      ) : null}
    </li>
  );
}
