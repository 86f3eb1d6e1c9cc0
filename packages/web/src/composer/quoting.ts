import type { Room } from 'matrix-js-sdk';
import { Observable } from '../frame/observable.ts';
import { t } from '../i18n/translate.ts';
import { matrixToLink } from '../markdown/matrix-to.ts';
import { personIn } from '../people/person.ts';
import { text } from '../session/matrix-request.ts';
import { withoutReplyFallback } from '../timeline/allowed-html.ts';
import { previewOf } from '../timeline/quoted-message.tsx';
import type { TimelineEvent } from '../timeline/timeline-event.ts';
import { placeOf } from './drafts.ts';

/** What is to stand, as a quote, before what is being written in a place. */
export const wantedQuote = new Observable<{ readonly place: string; readonly words: string } | undefined>(
  undefined,
);

/** Takes a message, as it is now, into what is being written. */
export function quote(room: Room, event: TimelineEvent, inThread: boolean): void {
  const place = placeOf(room.roomId, inThread ? (event.threadRoot ?? event.id) : undefined);
  wantedQuote.set({ place, words: quoteOf(room, event) });
}

/** Its author, with a link to it, and its words: as Markdown, so that every client shows it. */
function quoteOf(room: Room, event: TimelineEvent): string {
  const name = escapeMarkdown(personIn(room, event.sender).name);
  const said = `**${name}** [${t('quote.wrote')}](${matrixToLink(room.roomId, event.id)}):`;
  const words =
    event.content.msgtype === 'm.text' || event.content.msgtype === 'm.notice'
      ? withoutReplyFallback(text(event.content.body) ?? '')
      : previewOf(event.content);
  return [said, '', ...words.trim().split('\n')].map((line) => (line ? `> ${line}` : '>')).join('\n');
}

const escapeMarkdown = (words: string): string => words.replace(/[\\`*_[\]<>~|]/g, '\\$&');
