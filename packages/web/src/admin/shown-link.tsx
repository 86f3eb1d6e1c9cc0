import { Check, Copy } from 'lucide-react';
import { useId, useState } from 'react';
import { Button } from '../controls/button.tsx';
import { INPUT_STYLE } from '../controls/field.tsx';
import { formatMoment } from '../i18n/dates.ts';
import { t } from '../i18n/translate.ts';
import type { MadeLink } from './people-api.ts';

/** A link that was made a moment ago and is not shown again. */
export function ShownLink({ label, link }: { label: string; link: MadeLink }) {
  const id = useId();
  const [copied, setCopied] = useState(false);
  return (
    <div className="flex flex-col gap-1.5 rounded-lg bg-accent-wash px-3 py-2.5">
      <label htmlFor={id} className="font-medium">
        {label}
      </label>
      <div className="flex flex-wrap items-center gap-2">
        <input
          id={id}
          readOnly
          value={link.address}
          onFocus={(event) => event.target.select()}
          className={`h-9 min-w-0 flex-1 font-mono text-xs ${INPUT_STYLE}`}
        />
        <Button
          variant="secondary"
          small
          icon={copied ? <Check className="size-4" aria-hidden /> : <Copy className="size-4" aria-hidden />}
          onClick={() => void navigator.clipboard?.writeText(link.address).then(() => setCopied(true))}
        >
          {copied ? t('accounts.copied') : t('accounts.copy')}
        </Button>
      </div>
      <p className="text-sm text-ink-soft">
        {t('accounts.linkShownOnce', { when: formatMoment(link.expiresTs) })}
      </p>
    </div>
  );
}
