import { Trash2 } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { Button } from '../controls/button.tsx';
import { INPUT_STYLE } from '../controls/field.tsx';
import { IconButton } from '../controls/icon-button.tsx';
import { t } from '../i18n/translate.ts';
import { isObject, text } from '../session/matrix-request.ts';

type Rule = { readonly domain: string; readonly direction: string; readonly effect: string };

type Effect = 'allow' | 'deny';
type Direction = 'both' | 'inbound' | 'outbound';

const effects = (): readonly Option<Effect>[] => [
  { value: 'deny', label: t('admin.deny') },
  { value: 'allow', label: t('admin.allow') },
];

const directions = (): readonly Option<Direction>[] => [
  { value: 'both', label: t('admin.both') },
  { value: 'inbound', label: t('admin.inbound') },
  { value: 'outbound', label: t('admin.outbound') },
];

type EditorProps = {
  readonly id: string;
  readonly value: unknown;
  readonly busy: boolean;
  readonly choose: (value: unknown) => void;
};

/** Rules for domains, one a line; each is saved as it is added or removed. */
export function RulesEditor({ id, value, busy, choose }: EditorProps) {
  const rules = readRules(value);
  const [domain, setDomain] = useState('');
  const [direction, setDirection] = useState<Direction>('both');
  const [effect, setEffect] = useState<Effect>('deny');

  function add(event: FormEvent) {
    event.preventDefault();
    choose([...rules, { domain, direction, effect }]);
  }

  return (
    <div className="flex w-full max-w-[640px] flex-col gap-2">
      {rules.length === 0 ? null : (
        <ul className="flex flex-col" aria-label={t('admin.rules')}>
          {rules.map((rule) => (
            <li
              key={`${rule.effect} ${rule.direction} ${rule.domain}`}
              className="flex items-center gap-3 border-b border-line py-1.5"
            >
              <span className={rule.effect === 'deny' ? 'text-danger' : 'text-ok'}>
                {labelOf(effects(), rule.effect)}
              </span>
              <code className="min-w-0 flex-1 [overflow-wrap:anywhere]">{rule.domain}</code>
              <span className="text-sm text-ink-soft">{labelOf(directions(), rule.direction)}</span>
              <IconButton
                label={t('admin.removeRule', { domain: rule.domain })}
                onClick={() => choose(rules.filter((one) => one !== rule))}
              >
                <Trash2 className="size-4" />
              </IconButton>
            </li>
          ))}
        </ul>
      )}
      <form onSubmit={add} noValidate className="flex flex-wrap items-center gap-2">
        <Choice label={t('admin.effect')} value={effect} options={effects()} onChoose={setEffect} />
        <div className="min-w-[180px] flex-1">
          <input
            id={id}
            value={domain}
            disabled={busy}
            placeholder={t('admin.domainExample')}
            autoCapitalize="none"
            spellCheck={false}
            onChange={(event) => setDomain(event.target.value)}
            className={`h-9 ${INPUT_STYLE}`}
          />
        </div>
        <Choice
          label={t('admin.direction')}
          value={direction}
          options={directions()}
          onChoose={setDirection}
        />
        <Button type="submit" variant="secondary" small busy={busy} disabled={domain.trim() === ''}>
          {t('admin.addRule')}
        </Button>
      </form>
    </div>
  );
}

const labelOf = (options: readonly Option<string>[], value: string): string =>
  options.find((option) => option.value === value)?.label ?? value;

const readRules = (value: unknown): readonly Rule[] =>
  (Array.isArray(value) ? value : []).filter(isObject).map((rule) => ({
    domain: text(rule.domain) ?? '',
    direction: text(rule.direction) ?? '',
    effect: text(rule.effect) ?? '',
  }));

type Option<T> = { readonly value: T; readonly label: string };

function Choice<T extends string>(props: {
  label: string;
  value: T;
  options: readonly Option<T>[];
  onChoose: (value: T) => void;
}) {
  return (
    <div className="w-[130px]">
      <select
        aria-label={props.label}
        value={props.value}
        onChange={(event) => {
          const option = props.options.find((one) => one.value === event.target.value);
          if (option) props.onChoose(option.value);
        }}
        className={`h-9 ${INPUT_STYLE}`}
      >
        {props.options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
    </div>
  );
}
