import {
  Bold,
  Code,
  Eye,
  EyeOff,
  Italic,
  Link,
  List,
  ListOrdered,
  type LucideIcon,
  SquareCode,
  Strikethrough,
  TextQuote,
} from 'lucide-react';
import { IconButton } from '../controls/icon-button.tsx';
import { COMMAND } from '../frame/keyboard.ts';
import { t } from '../i18n/translate.ts';
import type { Format } from '../markdown/format-text.ts';

const FORMATS: readonly { format: Format; icon: LucideIcon; key?: string }[] = [
  { format: 'bold', icon: Bold, key: 'b' },
  { format: 'italic', icon: Italic, key: 'i' },
  { format: 'strike', icon: Strikethrough },
  { format: 'link', icon: Link, key: 'l' },
  { format: 'code', icon: Code, key: 'e' },
  { format: 'code-block', icon: SquareCode },
  { format: 'list', icon: List },
  { format: 'numbers', icon: ListOrdered },
  { format: 'quote', icon: TextQuote },
];

/** The format that a key with ⌘ or Ctrl stands for. */
export const formatOfKey = (key: string): Format | undefined =>
  FORMATS.find((one) => one.key === key.toLowerCase())?.format;

type FormattingBarProps = {
  onFormat: (format: Format) => void;
  previewing: boolean;
  onPreview: () => void;
};

export function FormattingBar({ onFormat, previewing, onPreview }: FormattingBarProps) {
  return (
    <div
      role="toolbar"
      aria-label={t('format.bar')}
      className="flex items-center gap-0.5 overflow-x-auto border-b border-line px-1.5 py-1"
    >
      {FORMATS.map(({ format, icon: Icon, key }) => (
        <IconButton
          key={format}
          label={t(`format.${format}`)}
          {...(key ? { shortcut: `${COMMAND} ${key.toUpperCase()}` } : {})}
          disabled={previewing}
          className="size-7"
          // The text field keeps its selection.
          onPointerDown={(event) => event.preventDefault()}
          onClick={() => onFormat(format)}
        >
          <Icon className="size-4" />
        </IconButton>
      ))}
      <span className="min-w-2 flex-1" />
      <IconButton
        label={t(previewing ? 'format.write' : 'format.preview')}
        pressed={previewing}
        className="size-7"
        onClick={onPreview}
      >
        {previewing ? <EyeOff className="size-4" /> : <Eye className="size-4" />}
      </IconButton>
    </div>
  );
}
