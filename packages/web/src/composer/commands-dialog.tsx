import { Dialog } from '../controls/dialog.tsx';
import { t } from '../i18n/translate.ts';
import { COMMANDS } from './slash-commands.ts';

/** All commands, and how they are written. */
export default function CommandsDialog({ onClose }: { onClose: () => void }) {
  return (
    <Dialog title={t('command.helpTitle')} description={t('command.helpText')} onClose={onClose} wide>
      <dl className="flex flex-col gap-2.5">
        {COMMANDS.map((command) => (
          <div key={command.name}>
            <dt>
              <code className="font-mono text-sm font-semibold">/{command.name}</code>{' '}
              {command.argument ? <span className="text-sm text-ink-soft">{t(command.argument)}</span> : null}
            </dt>
            <dd className="text-ink-soft">{t(command.says)}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
