import { t } from '../i18n/translate.ts';
import type { ContactRequest } from './organisations-api.ts';

/** What somebody wants of an organisation that waits, for the admin. */
export function wishInWords({ kind, person, other, room }: ContactRequest): string {
  switch (kind) {
    case 'invite':
      return t('contact.invite', { person, other });
    case 'join':
      return t('contact.join', { person, room });
    case 'knock':
      return t('contact.knock', { person, room });
    case 'invited':
      return t('contact.invited', { person, other });
    case 'joining':
      return t('contact.joining', { other, room });
    default:
      return t('contact.shared');
  }
}

/** The same, for the person here whom it is about. */
export function ownWishInWords({ kind, other, room }: ContactRequest): string {
  switch (kind) {
    case 'invite':
      return t('contact.ownInvite', { other });
    case 'join':
      return t('contact.ownJoin', { room });
    case 'knock':
      return t('contact.ownKnock', { room });
    default:
      return t('contact.ownInvited', { other });
  }
}
