import {
  Compass,
  Hash,
  Inbox,
  Keyboard,
  Layers,
  MessageSquarePlus,
  Plus,
  Search,
  Settings,
  ShieldCheck,
} from 'lucide-react';
import { Dialog as Radix } from 'radix-ui';
import { type KeyboardEvent, type ReactNode, useEffect, useId, useRef, useState } from 'react';
import { focusComposer } from '../composer/focus-composer.ts';
import { t } from '../i18n/translate.ts';
import { Avatar } from '../people/avatar.tsx';
import { serverNameOf } from '../people/organisation.ts';
import { SharedMark } from '../rooms/shared-mark.tsx';
import { useWorkspace } from '../session/workspace-session.ts';
import { openDialog } from './dialogs.ts';
import { matchScore } from './match-score.ts';
import { useObservable } from './observable.ts';
import { goTo } from './route.ts';

type Choice = {
  readonly key: string;
  readonly name: string;
  readonly searched: string;
  readonly icon: ReactNode;
  readonly aside: ReactNode;
  readonly act: () => void;
};

const MAX_SHOWN = 30;

/** ⌘K: to any room or action by a few letters of its name. */
export function Switcher({ onClose }: { onClose: () => void }) {
  const choices = useChoices();
  const [query, setQuery] = useState('');
  const [active, setActive] = useState(0);
  const list = useRef<HTMLDivElement>(null);
  const chosen = useRef(false);
  const id = useId();
  const found = choices
    .map((choice) => ({ choice, score: matchScore(choice.searched, query) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score)
    .slice(0, MAX_SHOWN)
    .map(({ choice }) => choice);
  const words = query.trim();
  if (words) {
    found.push(
      action('search-for', t('switcher.searchFor', { query: words }), <Search className="size-4" />, () =>
        goTo({ screen: 'search', query: words }),
      ),
    );
  }

  useEffect(() => {
    list.current?.children[active]?.scrollIntoView({ block: 'nearest' });
  }, [active]);

  function choose(choice: Choice | undefined) {
    if (!choice) return;
    chosen.current = true;
    onClose();
    choice.act();
  }

  function onKeyDown(event: KeyboardEvent) {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step !== 0) {
      event.preventDefault();
      setActive((at) => Math.max(0, Math.min(found.length - 1, at + step)));
    } else if (event.key === 'Enter') {
      event.preventDefault();
      choose(found[active]);
    }
  }

  return (
    <Radix.Root open onOpenChange={(open) => !open && onClose()}>
      <Radix.Portal>
        <div className="fixed inset-0 z-40 flex flex-col items-center bg-overlay px-3 pt-[10dvh]">
          <Radix.Content
            aria-describedby={undefined}
            onCloseAutoFocus={(event) => {
              // One goes to a room to write there, not to where one came from.
              if (chosen.current && focusComposer()) event.preventDefault();
            }}
            className="flex max-h-[70dvh] w-full max-w-[560px] flex-col overflow-hidden rounded-2xl bg-raised text-ink shadow-float outline-none"
          >
            <Radix.Title className="sr-only">{t('switcher.title')}</Radix.Title>
            <div className="flex items-center gap-2.5 border-b border-line px-4">
              <Search className="size-4.5 shrink-0 text-ink-quiet" aria-hidden />
              <input
                autoFocus
                role="combobox"
                aria-expanded
                aria-controls={`${id}-list`}
                aria-activedescendant={found[active] ? `${id}-${active}` : undefined}
                aria-label={t('switcher.title')}
                placeholder={t('switcher.placeholder')}
                value={query}
                onChange={(event) => {
                  setQuery(event.target.value);
                  setActive(0);
                }}
                onKeyDown={onKeyDown}
                className="h-13 min-w-0 flex-1 bg-transparent text-[15px] outline-none"
              />
            </div>
            {found.length === 0 ? (
              <p className="px-4 py-8 text-center text-ink-quiet">{t('switcher.nothing')}</p>
            ) : null}
            <div
              ref={list}
              id={`${id}-list`}
              role="listbox"
              aria-label={t('switcher.results')}
              className="overflow-y-auto p-1.5 empty:p-0"
            >
              {found.map((choice, index) => (
                // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are handled on the input.
                <div
                  key={choice.key}
                  id={`${id}-${index}`}
                  role="option"
                  tabIndex={-1}
                  aria-selected={index === active}
                  onClick={() => choose(choice)}
                  onPointerMove={() => setActive(index)}
                  className="flex h-10 cursor-pointer items-center gap-3 rounded-lg px-3 aria-selected:bg-selected"
                >
                  <span className="flex size-5 shrink-0 items-center justify-center text-ink-quiet">
                    {choice.icon}
                  </span>
                  <span className="min-w-0 flex-1 truncate">{choice.name}</span>
                  <span className="flex shrink-0 items-center text-xs text-ink-quiet">{choice.aside}</span>
                </div>
              ))}
            </div>
          </Radix.Content>
        </div>
      </Radix.Portal>
    </Radix.Root>
  );
}

function useChoices(): Choice[] {
  const { rooms, serverName, me } = useWorkspace();
  const isAdmin = useObservable(me).role === 'admin';
  const list = useObservable(rooms).filter((room) => room.membership === 'join');
  const byActivity = [...list].sort((a, b) => b.unread - a.unread || b.lastActivity - a.lastActivity);
  return [
    ...byActivity.map((room): Choice => {
      const peer = room.kind === 'direct' ? room.peer : undefined;
      const organisation = peer ? serverNameOf(peer.userId) : '';
      return {
        key: room.id,
        name: room.name,
        searched: `${room.name} ${peer?.userId ?? ''}`,
        icon: peer ? (
          <Avatar userId={peer.userId} name={peer.name} avatar={peer.avatar} size={20} />
        ) : (
          <Hash className="size-4" />
        ),
        aside: peer ? organisation === serverName ? '' : organisation : room.shared ? <SharedMark /> : '',
        act: () => goTo({ screen: 'room', roomId: room.id }),
      };
    }),
    action('inbox', t('inbox.title'), <Inbox className="size-4" />, () => goTo({ screen: 'invitations' })),
    action('channel', t('channel.create'), <Plus className="size-4" />, () =>
      openDialog({ kind: 'create-channel' }),
    ),
    action('space', t('space.new'), <Layers className="size-4" />, () =>
      openDialog({ kind: 'create-space' }),
    ),
    action('direct', t('direct.new'), <MessageSquarePlus className="size-4" />, () =>
      openDialog({ kind: 'new-message' }),
    ),
    action('discover', t('discover.title'), <Compass className="size-4" />, () =>
      goTo({ screen: 'discover' }),
    ),
    action('search', t('search.title'), <Search className="size-4" />, () =>
      goTo({ screen: 'search', query: '' }),
    ),
    action('settings', t('me.settings'), <Settings className="size-4" />, () =>
      openDialog({ kind: 'my-settings' }),
    ),
    action('shortcuts', t('shortcuts.title'), <Keyboard className="size-4" />, () =>
      openDialog({ kind: 'shortcuts' }),
    ),
    ...(isAdmin
      ? [
          action('admin', t('admin.title'), <ShieldCheck className="size-4" />, () =>
            goTo({ screen: 'admin', section: 'settings' }),
          ),
        ]
      : []),
  ];
}

const action = (key: string, name: string, icon: ReactNode, act: () => void): Choice => ({
  key,
  name,
  searched: name,
  icon,
  aside: '',
  act,
});
