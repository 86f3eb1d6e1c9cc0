import { Notice } from '../controls/notice.tsx';
import { formatMoment } from '../i18n/dates.ts';
import { language, t } from '../i18n/translate.ts';
import type { ArrivingMembers } from '../rooms/arriving-members.ts';

/** Says that a list of members is not whole yet; nothing when it is. */
export function ArrivingNotice({ arriving }: { arriving: ArrivingMembers | undefined }) {
  return arriving ? <Notice kind="info">{inWords(arriving)}</Notice> : null;
}

function inWords({ checked, total, waiting }: ArrivingMembers): string {
  if (waiting) {
    return t('members.arrivingLater', { when: formatMoment(waiting.nextTs), reason: waiting.reason });
  }
  const number = (value: number) => value.toLocaleString(language());
  return total === undefined || total < checked
    ? t('members.arriving')
    : t('members.arrivingOf', { checked: number(checked), total: number(total) });
}
