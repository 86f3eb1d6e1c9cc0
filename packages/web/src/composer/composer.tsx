import { ImagePlus, Pencil, Reply, SendHorizontal, Smile, X } from 'lucide-react';
import type { Room } from 'matrix-js-sdk';
import {
  type ChangeEvent,
  type ClipboardEvent,
  type KeyboardEvent,
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
} from 'react';
import { IconButton } from '../controls/icon-button.tsx';
import { EmojiPopover } from '../emoji/emoji-popover.tsx';
import { t } from '../i18n/translate.ts';
import { personIn } from '../people/person.ts';
import { text } from '../session/matrix-request.ts';
import { useWorkspace } from '../session/workspace-session.ts';
import { previewOf } from '../timeline/quoted-message.tsx';
import type { TimelineEvent } from '../timeline/timeline-event.ts';
import { attachFiles } from './attachments.ts';
import { editedMessage, findMentions, newMessage } from './message-content.ts';
import { mentionable, sendContent } from './send-message.ts';
import { useTypingNotice } from './typing-notice.ts';
import { UploadsList } from './uploads-list.tsx';

export type ComposerMode =
  | { readonly mode: 'new' }
  | { readonly mode: 'reply'; readonly event: TimelineEvent }
  | { readonly mode: 'edit'; readonly event: TimelineEvent };

type ComposerProps = {
  room: Room;
  placeholder: string;
  mode: ComposerMode;
  onMode: (mode: ComposerMode) => void;
  onSent: () => void;
  /** Begins editing the last own message. */
  onEditLast: () => void;
};

const TALLEST_PX = 260;
/** What was being written in each room. */
const drafts = new Map<string, string>();

export function Composer({ room, placeholder, mode, onMode, onSent, onEditLast }: ComposerProps) {
  const { client } = useWorkspace();
  const [body, setBody] = useState(() => drafts.get(room.roomId) ?? '');
  const input = useRef<HTMLTextAreaElement>(null);
  const files = useRef<HTMLInputElement>(null);
  const typing = useTypingNotice(room.roomId);

  useLayoutEffect(() => {
    const element = input.current;
    if (!element) return;
    element.style.height = 'auto';
    element.style.height = `${Math.min(element.scrollHeight, TALLEST_PX)}px`;
  });

  useEffect(() => {
    if (mode.mode === 'edit') setBody(text(mode.event.content.body) ?? '');
    input.current?.focus();
  }, [mode]);

  function change(next: string) {
    setBody(next);
    if (mode.mode !== 'edit') drafts.set(room.roomId, next);
    typing(next.length > 0);
  }

  function leaveMode() {
    if (mode.mode === 'edit') setBody(drafts.get(room.roomId) ?? '');
    onMode({ mode: 'new' });
  }

  function send() {
    const words = body.trim();
    if (!words) return;
    const mentions = findMentions(words, mentionable(room));
    if (mode.mode === 'edit') {
      if (words !== text(mode.event.content.body)) {
        sendContent(client, room.roomId, editedMessage(words, mentions, mode.event));
      }
      setBody(drafts.get(room.roomId) ?? '');
    } else {
      sendContent(
        client,
        room.roomId,
        newMessage(words, mentions, mode.mode === 'reply' ? mode.event : undefined),
      );
      drafts.delete(room.roomId);
      setBody('');
      onSent();
    }
    typing(false);
    onMode({ mode: 'new' });
  }

  function onKeyDown(event: KeyboardEvent<HTMLTextAreaElement>) {
    if (event.nativeEvent.isComposing) return;
    if (event.key === 'Enter' && !event.shiftKey && !event.altKey && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      send();
    } else if (event.key === 'Escape' && mode.mode !== 'new') {
      event.preventDefault();
      leaveMode();
    } else if (event.key === 'ArrowUp' && !event.altKey && !body && mode.mode === 'new') {
      event.preventDefault();
      onEditLast();
    }
  }

  function onPaste(event: ClipboardEvent) {
    const pasted = [...event.clipboardData.files];
    if (pasted.length === 0) return;
    event.preventDefault();
    void attachFiles(client, room.roomId, pasted).then(onSent);
  }

  function onChoose(event: ChangeEvent<HTMLInputElement>) {
    const chosen = [...(event.target.files ?? [])];
    event.target.value = '';
    input.current?.focus();
    void attachFiles(client, room.roomId, chosen).then(onSent);
  }

  function insertEmoji(emoji: string) {
    const element = input.current;
    const start = element?.selectionStart ?? body.length;
    const end = element?.selectionEnd ?? body.length;
    change(body.slice(0, start) + emoji + body.slice(end));
    requestAnimationFrame(() => {
      element?.focus();
      element?.setSelectionRange(start + emoji.length, start + emoji.length);
    });
  }

  return (
    <div>
      <UploadsList roomId={room.roomId} />
      <form
        className="px-3 pane:px-5"
        onSubmit={(event) => {
          event.preventDefault();
          send();
        }}
      >
        <div className="rounded-xl border border-edge bg-surface focus-within:border-accent focus-within:ring-1 focus-within:ring-accent">
          {mode.mode === 'new' ? null : <ModeLine mode={mode} room={room} onLeave={leaveMode} />}
          <div className="flex items-end gap-0.5 p-1.5">
            <IconButton label={t('composer.attach')} onClick={() => files.current?.click()}>
              <ImagePlus className="size-4.5" />
            </IconButton>
            <input
              ref={files}
              type="file"
              multiple
              accept="image/png,image/jpeg,image/gif,image/webp,image/avif"
              className="hidden"
              tabIndex={-1}
              aria-hidden
              onChange={onChoose}
            />
            <textarea
              ref={input}
              rows={1}
              aria-label={placeholder}
              placeholder={placeholder}
              value={body}
              onChange={(event) => change(event.target.value)}
              onKeyDown={onKeyDown}
              onPaste={onPaste}
              className="min-h-8 min-w-0 flex-1 resize-none bg-transparent px-1.5 py-[5px] text-read outline-none placeholder:truncate"
            />
            <EmojiPopover label={t('composer.emoji')} onPick={insertEmoji}>
              <button
                type="button"
                aria-label={t('composer.emoji')}
                title={t('composer.emoji')}
                className="inline-flex size-8 shrink-0 items-center justify-center rounded-lg text-ink-soft hover:bg-hover hover:text-ink"
              >
                <Smile className="size-4.5" />
              </button>
            </EmojiPopover>
            <button
              type="submit"
              aria-label={mode.mode === 'edit' ? t('composer.save') : t('composer.send')}
              disabled={!body.trim()}
              className="inline-flex size-8 shrink-0 items-center justify-center rounded-lg bg-accent text-on-accent hover:bg-accent-strong disabled:bg-hover disabled:text-ink-quiet"
            >
              <SendHorizontal className="size-4" />
            </button>
          </div>
        </div>
      </form>
    </div>
  );
}

function ModeLine(props: { mode: Exclude<ComposerMode, { mode: 'new' }>; room: Room; onLeave: () => void }) {
  const { mode, room, onLeave } = props;
  const editing = mode.mode === 'edit';
  const Icon = editing ? Pencil : Reply;
  return (
    <div className="flex items-center gap-2 border-b border-line py-1 ps-3 pe-1.5 text-sm text-ink-soft">
      <Icon className="size-3.5 shrink-0" aria-hidden />
      <span className="shrink-0 font-medium">
        {editing
          ? t('composer.editing')
          : t('composer.replying', { name: personIn(room, mode.event.sender).name })}
      </span>
      <span className="min-w-0 flex-1 truncate">{editing ? '' : previewOf(mode.event.content)}</span>
      <IconButton label={t('composer.leaveMode')} shortcut="Esc" onClick={onLeave} className="size-7">
        <X className="size-4" />
      </IconButton>
    </div>
  );
}
