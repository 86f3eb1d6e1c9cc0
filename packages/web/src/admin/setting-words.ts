import { t } from '../i18n/translate.ts';

/**
 * The words of the catalogue about a setting, by its key; the server's own English where there are none, because
 * a newer server may have more settings.
 */
export const settingWords = (
  key: string,
  part: 'label' | 'sentence' | 'unit' | `choices.${string}`,
  english: string,
): string => t(`setting.${key}.${part}`, { defaultValue: english });
