import { t } from '../i18n/translate.ts';

export const OWNER = 100;
export const MODERATOR = 50;
export const MEMBER = 0;

export type Standing = {
  readonly level: number;
  /** Made the room, in a room version that gives its creators a level above all others. */
  readonly creator: boolean;
};

/** The role in a room in words; levels without a name are shown as they are. */
export function roleName(standing: Standing): string {
  if (standing.creator) return t('role.creator');
  switch (standing.level) {
    case OWNER:
      return t('role.owner');
    case MODERATOR:
      return t('role.moderator');
    case MEMBER:
      return t('role.member');
    default:
      return t('role.level', { level: standing.level });
  }
}

/** Creators first, then by level from the top. */
export function compareStanding(a: Standing, b: Standing): number {
  if (a.creator !== b.creator) return a.creator ? -1 : 1;
  return b.level === a.level ? 0 : b.level - a.level;
}
