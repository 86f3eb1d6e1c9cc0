import { ALargeSmall, CircleAlert, Paperclip, Pencil, Reply, SendHorizontal, Smile, X } from 'lucide-react';
import type { Room } from 'matrix-js-sdk';
import {
  type ChangeEvent,
  type ClipboardEvent,
  type KeyboardEvent,
  useEffect,
  useId,
  useLayoutEffect,
  useRef,
  useState,
} from 'react';
import { IconButton } from '../controls/icon-button.tsx';
import { EmojiPopover } from '../emoji/emoji-popover.tsx';
import { useObservable } from '../frame/observable.ts';
import { t } from '../i18n/translate.ts';
import { type Format, formatText } from '../markdown/format-text.ts';
import { type Written, writeMessage } from '../markdown/write-message.ts';
import { personIn } from '../people/person.ts';
import { text } from '../session/matrix-request.ts';
import { describeProblem } from '../session/problem.ts';
import { useWorkspace } from '../session/workspace-session.ts';
import { Words } from '../timeline/message-body.tsx';
import { previewOf } from '../timeline/quoted-message.tsx';
import type { TimelineEvent } from '../timeline/timeline-event.ts';
import { sendFiles } from './attachments.ts';
import type { Candidate } from './completion.ts';
import { CompletionList, optionId } from './completion-list.tsx';
import { draftOf, keepDraft, placeOf } from './drafts.ts';
import { FormattingBar, formatOfKey } from './formatting-bar.tsx';
import { editedMessage, newMessage, type Place } from './message-content.ts';
import { wantedQuote } from './quoting.ts';
import { mentionable, sendContent } from './send-message.ts';
import { type CommandCall, parseCommand, runCommand } from './slash-commands.ts';
import { stagedFiles, stageFiles, unstage } from './staged-files.ts';
import { useTypingNotice } from './typing-notice.ts';
import { StagedFiles, UploadsList } from './uploads-list.tsx';
import { useCompletion } from './use-completion.ts';

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
  /** The thread it writes into. */
  thread?: { readonly rootId: string; readonly latestId: () => string };
};

type Selection = { readonly start: number; readonly end: number };

const TALLEST_PX = 260;
const BAR_KEY = 'causeway.formatting';

export function Composer(props: ComposerProps) {
  const { room, placeholder, mode, onMode, onSent, onEditLast, thread } = props;
  const { client } = useWorkspace();
  const myself = client.getSafeUserId();
  const place = placeOf(room.roomId, thread?.rootId);
  const [body, setBody] = useState(() => draftOf(myself, place));
  const [fault, setFault] = useState('');
  const [bar, setBar] = useState(() => localStorage.getItem(BAR_KEY) === 'shown');
  const [previewing, setPreviewing] = useState(false);
  /** Where the cursor goes with a text that was not typed. */
  const [selection, select] = useState<Selection>();
  const input = useRef<HTMLTextAreaElement>(null);
  const files = useRef<HTMLInputElement>(null);
  const typing = useTypingNotice(room.roomId);
  const completion = useCompletion(room, body, input);
  const listId = useId();
  const [stagedCount, setStagedCount] = useState(0);
  useEffect(() => {
    const count = () => setStagedCount(sendable(place).length);
    count();
    return stagedFiles.subscribe(count);
  }, [place]);

  useLayoutEffect(() => {
    const element = input.current;
    if (!element) return;
    element.style.height = 'auto';
    element.style.height = `${Math.min(element.scrollHeight, TALLEST_PX)}px`;
  });

  useEffect(() => {
    if (mode.mode === 'edit') setBody(text(mode.event.content.body) ?? '');
    setPreviewing(false);
    input.current?.focus();
  }, [mode]);

  function change(next: string) {
    setBody(next);
    setFault('');
    if (mode.mode !== 'edit') keepDraft(myself, place, next);
    typing(next.length > 0 && !next.startsWith('/'));
  }

  const wanted = useObservable(wantedQuote);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a quote is taken once, when it is wanted.
  useEffect(() => {
    if (wanted?.place !== place) return;
    wantedQuote.set(undefined);
    const before = mode.mode === 'edit' ? draftOf(myself, place) : body;
    if (mode.mode === 'edit') onMode({ mode: 'new' });
    const next = `${before.trim() ? `${before.trimEnd()}\n\n` : ''}${wanted.words}\n\n`;
    setBody(next);
    keepDraft(myself, place, next);
    select({ start: next.length, end: next.length });
  }, [wanted, place]);

  // At once: the next key may come before the next picture, and what it types would land elsewhere.
  useLayoutEffect(() => {
    if (!selection) return;
    input.current?.focus();
    input.current?.setSelectionRange(selection.start, selection.end);
  }, [selection]);

  function leaveMode() {
    if (mode.mode === 'edit') setBody(draftOf(myself, place));
    onMode({ mode: 'new' });
  }

  const relation = (): Place => ({
    answered: mode.mode === 'reply' ? mode.event : undefined,
    thread: thread && { rootId: thread.rootId, latestId: thread.latestId() },
  });

  function clear() {
    if (mode.mode !== 'edit') keepDraft(myself, place, '');
    setBody(mode.mode === 'edit' ? draftOf(myself, place) : '');
    setPreviewing(false);
    typing(false);
    onMode({ mode: 'new' });
  }

  function send() {
    const words = body.trim();
    const staged = mode.mode === 'edit' ? [] : sendable(place);
    if (!words && staged.length === 0) return;
    const command = words.startsWith('//') || mode.mode === 'edit' ? undefined : parseCommand(words);
    if (command) void obey(command);
    else sendWords(words.replace(/^\/\//, '/'), staged);
  }

  async function obey(command: CommandCall) {
    const typed = body;
    clear();
    try {
      const refusal = await runCommand(client, room, command, relation());
      if (!refusal) return;
      setFault(refusal);
    } catch (problem) {
      setFault(t('command.failed', { name: command.name, reason: describeProblem(problem) }));
    }
    // What was typed comes back, unless something else was typed since.
    setBody((now) => now || typed);
  }

  function sendWords(words: string, staged: ReturnType<typeof sendable>) {
    const written = writeMessage(words, mentionable(client, room));
    if (mode.mode === 'edit') {
      if (words !== text(mode.event.content.body))
        sendContent(client, room.roomId, editedMessage(written, mode.event));
    } else if (staged.length > 0) {
      const target = relation();
      unstage(staged.map((one) => one.id));
      const to = { roomId: room.roomId, place, relation: () => target, caption: words ? written : undefined };
      void sendFiles(
        client,
        staged.map((one) => one.file),
        to,
      ).then(onSent);
    } else {
      sendContent(client, room.roomId, newMessage(written, relation()));
      onSent();
    }
    clear();
  }

  function format(wanted: Format) {
    const element = input.current;
    if (!element) return;
    const next = formatText(wanted, { text: body, start: element.selectionStart, end: element.selectionEnd });
    change(next.text);
    select({ start: next.start, end: next.end });
  }

  function complete(candidate: Candidate) {
    const found = completion.found;
    if (!found) return;
    change(body.slice(0, found.start) + candidate.insert + body.slice(found.end).replace(/^ /, ''));
    const cursor = found.start + candidate.insert.length;
    select({ start: cursor, end: cursor });
  }

  function onKeyDown(event: KeyboardEvent<HTMLTextAreaElement>) {
    if (event.nativeEvent.isComposing) return;
    const candidate = completion.onKeyDown(event);
    if (candidate) complete(candidate);
    if (event.defaultPrevented) return;
    const bare = !event.shiftKey && !event.altKey && !event.ctrlKey && !event.metaKey;
    const byKey = (event.ctrlKey || event.metaKey) && !event.altKey ? formatOfKey(event.key) : undefined;
    if (byKey) {
      event.preventDefault();
      format(byKey);
    } else if (event.key === 'Enter' && bare) {
      event.preventDefault();
      send();
    } else if (event.key === 'Escape' && mode.mode !== 'new') {
      event.preventDefault();
      leaveMode();
    } else if (event.key === 'ArrowUp' && bare && !body && mode.mode === 'new') {
      event.preventDefault();
      onEditLast();
    }
  }

  function onPaste(event: ClipboardEvent) {
    const pasted = [...event.clipboardData.files];
    if (pasted.length === 0) return;
    event.preventDefault();
    void stageFiles(client, place, pasted);
  }

  function onChoose(event: ChangeEvent<HTMLInputElement>) {
    const chosen = [...(event.target.files ?? [])];
    event.target.value = '';
    input.current?.focus();
    void stageFiles(client, place, chosen);
  }

  function insertEmoji(emoji: string) {
    const start = input.current?.selectionStart ?? body.length;
    const end = input.current?.selectionEnd ?? body.length;
    change(body.slice(0, start) + emoji + body.slice(end));
    const cursor = start + emoji.length;
    select({ start: cursor, end: cursor });
  }

  function toggleBar() {
    localStorage.setItem(BAR_KEY, bar ? 'hidden' : 'shown');
    setBar(!bar);
    setPreviewing(false);
  }

  const { found, active } = completion;
  return (
    <div className="relative">
      {fault ? <Fault words={fault} /> : null}
      <UploadsList place={place} />
      {found ? (
        <CompletionList
          id={listId}
          candidates={found.candidates}
          active={active}
          onActive={completion.setActive}
          onPick={complete}
        />
      ) : null}
      <form
        className="px-3 pane:px-5"
        onSubmit={(event) => {
          event.preventDefault();
          send();
        }}
      >
        <div className="rounded-xl border border-edge bg-surface focus-within:border-accent focus-within:ring-1 focus-within:ring-accent">
          {mode.mode === 'new' ? null : <ModeLine mode={mode} room={room} onLeave={leaveMode} />}
          <StagedFiles place={place} />
          {bar ? (
            <FormattingBar
              onFormat={format}
              previewing={previewing}
              onPreview={() => setPreviewing(!previewing)}
            />
          ) : null}
          {previewing ? <Preview written={writeMessage(body, mentionable(client, room))} /> : null}
          <div className="flex items-end gap-0.5 p-1.5">
            {mode.mode === 'edit' ? null : (
              <IconButton label={t('composer.attach')} onClick={() => files.current?.click()}>
                <Paperclip className="size-4.5" />
              </IconButton>
            )}
            <input
              ref={files}
              type="file"
              multiple
              className="hidden"
              tabIndex={-1}
              aria-hidden
              onChange={onChoose}
            />
            <textarea
              ref={input}
              data-composer=""
              rows={1}
              aria-label={mode.mode === 'edit' ? t('composer.editing') : placeholder}
              aria-autocomplete="list"
              aria-controls={found ? listId : undefined}
              aria-activedescendant={found ? optionId(listId, active) : undefined}
              placeholder={placeholder}
              value={body}
              onChange={(event) => {
                change(event.target.value);
                completion.follow();
              }}
              onSelect={completion.follow}
              onBlur={completion.close}
              onKeyDown={onKeyDown}
              onPaste={onPaste}
              className={`min-h-8 min-w-0 flex-1 resize-none bg-transparent px-1.5 py-[5px] text-read outline-none placeholder:truncate ${previewing ? 'sr-only' : ''}`}
            />
            {previewing ? <span className="flex-1" /> : null}
            <IconButton
              label={t('format.toggle')}
              pressed={bar}
              onClick={toggleBar}
              className="max-pane:hidden"
            >
              <ALargeSmall className="size-5" />
            </IconButton>
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
              disabled={!body.trim() && stagedCount === 0}
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

const sendable = (place: string) => stagedFiles.get().filter((one) => one.place === place && !one.refusal);

function Fault({ words }: { words: string }) {
  return (
    <p role="alert" className="flex items-start gap-1.5 px-5 pb-2 text-sm text-danger pane:px-6">
      <CircleAlert className="mt-0.5 size-4 shrink-0" aria-hidden />
      <span className="[overflow-wrap:anywhere]">{words}</span>
    </p>
  );
}

function Preview({ written }: { written: Written }) {
  return (
    <section
      aria-label={t('format.previewLabel')}
      className="max-h-[260px] overflow-y-auto px-3.5 py-2 text-read"
    >
      {written.body.trim() ? (
        <Words body={written.body} html={written.html} />
      ) : (
        <p className="text-ink-quiet">{t('format.previewEmpty')}</p>
      )}
    </section>
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
