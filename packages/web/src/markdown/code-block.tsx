import { Check, Copy } from 'lucide-react';
import { useState } from 'react';
import { t } from '../i18n/translate.ts';
import { highlight } from './highlight.ts';

const COPIED_MS = 1500;
const STYLES = {
  comment: 'text-ink-quiet italic',
  string: 'text-ok',
  number: 'text-warn',
  keyword: 'text-accent font-medium',
} as const;

/** Code as it was written, every space in its place. */
export function CodeBlock({ code, language }: { code: string; language: string | undefined }) {
  const [copied, setCopied] = useState(false);
  const shown = code.replace(/\n$/, '');

  function copy() {
    navigator.clipboard.writeText(shown).then(
      () => {
        setCopied(true);
        setTimeout(() => setCopied(false), COPIED_MS);
      },
      () => undefined,
    );
  }

  return (
    <div className="code-block">
      <div className="flex h-7 items-center justify-between ps-3 pe-1 text-xs text-ink-quiet">
        <span>{language}</span>
        <button
          type="button"
          onClick={copy}
          className="inline-flex h-6 items-center gap-1 rounded px-1.5 hover:bg-hover hover:text-ink"
        >
          {copied ? <Check className="size-3.5" aria-hidden /> : <Copy className="size-3.5" aria-hidden />}
          {t(copied ? 'code.copied' : 'code.copy')}
        </button>
      </div>
      <pre tabIndex={0} data-language={language}>
        <code>
          {highlight(shown, language).map((part, index) =>
            part.kind ? (
              <span key={index} className={STYLES[part.kind]}>
                {part.text}
              </span>
            ) : (
              part.text
            ),
          )}
        </code>
      </pre>
    </div>
  );
}
